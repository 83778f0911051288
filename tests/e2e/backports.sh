#!/bin/sh
# backports.sh - newer packages than the distribution's own, from its backports.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   backports.sh exact PACKAGE...               prints PACKAGE=VERSION of each
#   backports.sh depends PACKAGE                prints the packages it names as dependencies
#   backports.sh download DIRECTORY PACKAGE...  downloads their .deb files, without dependencies
#
# Where they lie is asked of apt: the mirror it has for the distribution itself. The lists are our
# own and nothing is installed, so the machine's apt does not learn of it; no root is needed.
# Ends with 77 and the reason where there are no backports to be had.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/oriel/backports
work=$(mktemp -d "${TMPDIR:-/tmp}/oriel-backports.XXXXXX")
trap 'rm -rf "$work"' EXIT

lacking() { echo "backports: $*" >&2; exit 77; }
has() { command -v "$1" >/dev/null 2>&1; }

# "[options] SITE" of the archive that the distribution's own release comes from.
mirror() { # RELEASE
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(SITE) $(SIGNED_BY)' 2>/dev/null |
		awk -v release="$1" '$1 == release && $2 == "main" {
			print ($4 ~ /^\// ? "[signed-by=" $4 "] " : "") $3; exit
		}'
}

configure() {
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	where=$(mirror "$release")
	[ -n "$where" ] || lacking "apt has no source of ${release:-this distribution} to start from"
	mkdir -p "$cache/lists/partial" "$work/archives/partial"
	: >"$work/status"
	echo "deb $where $release-backports main" >"$work/sources.list"
	cat >"$work/apt.conf" <<-CONF
	Dir::Etc::sourcelist "$work/sources.list";
	Dir::Etc::sourceparts "-";
	Dir::State::lists "$cache/lists";
	Dir::State::status "$work/status";
	Dir::Cache::pkgcache "$work/pkgcache.bin";
	Dir::Cache::srcpkgcache "";
	Dir::Cache::archives "$work/archives";
	Debug::NoLocking "true";
	APT::Sandbox::User "";
	Acquire::Languages "none";
	Acquire::Retries "3";
	CONF
	export APT_CONFIG="$work/apt.conf"
}

# The first that apt complained of.
said() { grep -m 1 '^[EW]:' "$work/apt.log" || tail -n 1 "$work/apt.log"; }

# Once a day is enough; older lists are better than none.
update() {
	[ -z "$(find "$cache/updated" -mtime -1 2>/dev/null)" ] || return 0
	# By itself apt takes a mirror that does not answer for a warning.
	if apt-get -qq -o APT::Update::Error-Mode=any update >"$work/apt.log" 2>&1; then
		touch "$cache/updated"
	elif [ ! -e "$cache/updated" ]; then
		lacking "no lists of $release-backports: $(said)"
	fi
}

exact() { # PACKAGE...
	for package in "$@"; do
		version=$(apt-cache madison "$package" | awk '{ print $3; exit }')
		[ -n "$version" ] || lacking "$release-backports has no $package"
		echo "$package=$version"
	done
}

# The day's lists may name a version that was replaced an hour ago.
download() { # DIRECTORY PACKAGE...
	mkdir -p "$1" && cd "$1" && shift
	for wait in 1 3 0; do
		if packages=$(exact "$@"); then :; else exit $?; fi
		# shellcheck disable=SC2086
		apt-get -qq download $packages >"$work/apt.log" 2>&1 && return 0
		rm -f "$cache/updated"
		sleep $wait
		update
	done
	lacking "cannot download $*: $(said)"
}

has apt-get || lacking "there is no apt here"
command=${1:?usage: backports.sh exact|depends|download ...}
shift
configure
update
case $command in
exact) exact "$@" ;;
depends) apt-cache depends --important "$1" | sed -n 's/^ *Depends: //p' ;;
download) download "$@" ;;
*) echo "backports: unknown command $command" >&2; exit 2 ;;
esac
