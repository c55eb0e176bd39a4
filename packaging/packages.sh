# shellcheck shell=sh
# packages.sh: sourced by quickstart and check. Finds out which packages are missing and installs them with apt, as root or
# through sudo; where it cannot, it says in one line what is missing.

say()
{
	printf '%s\n' "==> $*"
}

die()
{
	printf '%s\n' "$0: $*" >&2
	exit 1
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		return 1
	fi
}

# Of the packages named, those that are not installed.
missing_packages()
{
	for package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed$' ||
			printf '%s ' "$package"
	done
}

# Services that come with a package stay off: the policy file says so while apt runs, if the machine has none of its own.
apt_install()
{
	# shellcheck disable=SC2016
	as_root env DEBIAN_FRONTEND=noninteractive sh -c '
		policy=/usr/sbin/policy-rc.d
		if [ ! -e $policy ]; then
			trap "rm -f $policy" EXIT INT TERM
			printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy
		fi
		apt-get install -qq -y --no-install-recommends "$@" >/dev/null
	' apt_install "$@"
}

# Install what is missing of the packages named. Returns 1 and leaves the names of what could not be had in $missing.
install_packages()
{
	missing=
	command -v apt-get >/dev/null || {
		say "no apt here; these packages, or what they are called here, are needed: $*"
		return 0
	}
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	say "installing: $missing"
	# shellcheck disable=SC2086
	if as_root apt-get update -qq && ! apt_install $missing; then
		for package in $missing; do
			apt_install "$package" || :
		done
	fi
	missing=$(missing_packages "$@")
	[ -z "$missing" ]
}

# The lines of packaging/NAME.
package_list()
{
	grep -v '^#' "packaging/$1"
}

# Node from wherever it is; from apt only where there is none.
node_packages()
{
	command -v node >/dev/null || echo nodejs
}
