# Completion of pmc for fish.

function __pmc_complete
	set -l typed (commandline -opc)
	set -l last (commandline -ct)
	for line in ($typed[1] completion words -- $typed[2..-1] "$last" 2>/dev/null)
		switch $line
			case \tfiles
				__pmc_files __fish_complete_path $last
			case \tfolders
				__pmc_files __fish_complete_directories $last
			case '*'
				printf '%s\n' $line
		end
	end
end

# In a word such as --output=path the path begins behind the sign.
function __pmc_files
	set -l option (string match -r -- '^--[^=]*=' $argv[2])
	set -l path $argv[2]
	test -n "$option"; and set path (string replace -- $option '' $path)
	for file in ($argv[1] "$path")
		printf '%s\n' "$option$file"
	end
end

complete -c pmc -f -a '(__pmc_complete)'
