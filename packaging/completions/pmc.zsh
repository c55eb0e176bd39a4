#compdef pmc
# Completion of pmc for zsh.

_pmc()
{
	local line files=no ret=1
	local -a found

	for line in ${(f)"$($words[1] completion words -- ${(@Q)words[2,CURRENT-1]} "${(Q)PREFIX}" 2>/dev/null)"}; do
		case $line in
		$'\tfiles') files=all ;;
		$'\tfolders') files=folders ;;
		*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		esac
	done
	(($#found)) && _describe -t words word found && ret=0
	if [[ $files != no ]]; then
		[[ $PREFIX == -* ]] && compset -P '*='
		_files ${${files:#all}:+-/} && ret=0
	fi
	return ret
}

# Loaded from $fpath the file is the function; sourced it only names it.
if [[ $funcstack[1] == _pmc ]]; then
	_pmc "$@"
else
	compdef _pmc pmc
fi
