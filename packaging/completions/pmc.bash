# Completion of pmc for bash (4.0 and later); needs nothing of the package bash-completion.

# The words up to the cursor into the array `typed`, without quotes; what bash split at : and = is put together again. In
# `taken` what readline keeps of the last one: a candidate goes on behind it.
__pmc_words()
{
	local rest=${COMP_LINE:0:COMP_POINT} piece i
	typed=() taken=
	for ((i = 0; i <= COMP_CWORD; i++)); do
		if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then
			typed+=("")
			rest=${rest#"${rest%%[![:blank:]]*}"}
		fi
		piece=${COMP_WORDS[i]}
		((i == COMP_CWORD)) && piece=$rest taken=${typed[${#typed[@]} - 1]}
		[[ $piece == [:=]* ]] && ((i == COMP_CWORD)) && taken+=${piece%%[!:=]*}
		typed[${#typed[@]} - 1]+=$piece
		rest=${rest:${#piece}}
	done
	last=${typed[${#typed[@]} - 1]}
	typed=("${typed[@]//[\"\'\\]/}")
}

_pmc()
{
	local typed taken last current line candidate files= IFS=$'\n'
	__pmc_words
	current=${typed[${#typed[@]} - 1]}
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		$'\tfiles') files=-f ;;
		$'\tfolders') files=-d ;;
		*)
			candidate=${line%%$'\t'*}
			[[ $candidate == "$current"* ]] && COMPREPLY+=("${candidate:${#taken}}")
			;;
		esac
	done < <("${typed[0]/#\~/$HOME}" completion words -- "${typed[@]:1}" 2>/dev/null)
	# Files alone are left to readline; beside names they are words like others.
	if [[ $files && ${#COMPREPLY[@]} -eq 0 ]]; then
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen "$files" -- "${current#"$taken"}"))
		return
	fi
	[[ $files ]] && COMPREPLY+=($(compgen "$files" -- "${current#"$taken"}"))
	[[ $last == [\"\']* ]] && return
	for line in "${!COMPREPLY[@]}"; do
		printf -v "COMPREPLY[line]" %q "${COMPREPLY[line]}"
	done
}

complete -F _pmc pmc
