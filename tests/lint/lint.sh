#!/bin/sh
# lint.sh SOURCE-TREE [LIBORIEL.SO] - rules of the house that a machine can check, one TAP case each.
# A case prints what is wrong, a line each; silence is success. CC names the C compiler.
set -u
here=$(cd "$(dirname "$0")" && pwd)
library=${2:+$(cd "$(dirname "$2")" && pwd)/${2##*/}}
cd "${1:?usage: lint.sh SOURCE-TREE [LIBORIEL.SO]}" || exit 1
cc=${CC:-cc}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
skip= number=0 failed=0

sources() { find src include tests data -name '*.[ch]' ! -path '*/build*' | sort; }

# Files of the tree, without what git or a build made.
all_files() {
	find . -name .git -prune -o -path './build*' -prune -o -path '*/corpus/*' -prune -o \
		-type f ! -name '*.zst' ! -name '*.img' ! -name '*.png' -print | sort
}

rooms_include_only_what_they_may() {
	find src -name '*.[ch]' -exec awk '
		FNR == NR {
			if (/^#/ || !/:/) next
			room = $1; sub(/:/, "", room)
			may[room] = " " room " " substr($0, index($0, ":") + 1) " "
			next
		}
		/^#[ \t]*include[ \t]*["<]/ {
			split(FILENAME, part, "/"); room = part[2]
			target = $0; sub(/^[^"<]*["<]/, "", target); sub(/[">].*/, "", target)
			quoted = $0 ~ /"/
			known = target
			if (!sub(/\/.*/, "", known) || !(quoted || known == "oriel"))
				next
			if (index(may[room], " " known " ") == 0)
				print FILENAME ":" FNR ": " room " may not include " target
		}' "$here/rooms" {} \;
}

portable_rooms_know_no_glib() {
	grep -nE '#[ \t]*include[ \t]*<(glib|gio|gobject|gmodule)' -r src/base src/pixel src/shm \
		src/wire src/lib src/guest src/bench include
}

# Each fence names its partner, so they are kept where partners are known; bench measures them.
fences_stay_at_home() {
	grep -nE '(fence_stores|fence_full|atomic_thread_fence|_mm_[sml]fence|__sync_synchronize)[ \t]*\(' \
		-r src include --include='*.[ch]' |
		grep -vE '^src/(base/atomic\.h|wire/|shm/wake|bench/)' |
		grep -vE ':[0-9]+:([[:blank:]]*\*|.*/\*.*(fence|sync))'
}

headers_compile_alone() {
	flags=$(for package in gio-unix-2.0 json-glib-1.0 xcb xcb-shm cairo pangocairo libpng libpipewire-0.3; do
		pkg-config --cflags $package 2>/dev/null
	done)
	for header in $(find src include -name '*.h' | sort); do
		case $header in
		*pipewire*) pkg-config --exists libpipewire-0.3 || continue ;;
		esac
		echo "#include \"$header\"" >"$work/alone.c"
		# shellcheck disable=SC2086
		$cc -fsyntax-only -std=gnu11 -D_GNU_SOURCE -Wall -Werror -Wno-unused -I. -Isrc \
			-Iinclude $flags "$work/alone.c" 2>&1 | head -n 3
	done
}

public_header_is_plain_c() {
	printf '#include <oriel/oriel.h>\nint main(void) { return 0; }\n' >"$work/public.c"
	$cc -fsyntax-only -std=c11 -pedantic -Wall -Wextra -Werror -Iinclude "$work/public.c" 2>&1
}

public_header_is_cplusplus() {
	for cxx in ${CXX:-} c++ g++ clang++ clang++-14 ''; do
		command -v "${cxx:-false}" >/dev/null && break
	done
	[ -n "$cxx" ] || { skip="no C++ compiler"; return; }
	printf '#include <oriel/oriel.h>\nint main() { return oriel_version() == nullptr; }\n' \
		>"$work/public.cc"
	$cxx -fsyntax-only -std=c++17 -pedantic -Wall -Wextra -Werror -Iinclude "$work/public.cc" 2>&1
}

declared_symbols() {
	tr '\n' ' ' <include/oriel/oriel.h | grep -oE 'ORIEL_API [^;(]*\(' |
		grep -oE 'oriel_[a-z0-9_]+\($' | tr -d '(' | sort
}

differences() { # NAME-OF-LEFT FILE NAME-OF-RIGHT FILE
	comm -23 "$2" "$4" | sed "s,\$,: in $1 but not in $3,"
	comm -13 "$2" "$4" | sed "s,\$,: in $3 but not in $1,"
}

public_symbols_are_listed() {
	declared_symbols >"$work/declared"
	[ -s "$work/declared" ] || echo "no ORIEL_API function found in the public header"
	grep -oE 'oriel_[a-z0-9_]+' src/lib/oriel.syms | sort >"$work/listed"
	differences oriel.h "$work/declared" oriel.syms "$work/listed"
}

library_exports_what_is_listed() {
	[ -n "$library" ] || { skip="no library was built"; return; }
	grep -oE 'oriel_[a-z0-9_]+' src/lib/oriel.syms | sort >"$work/listed"
	nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' |
		sort >"$work/exported"
	differences oriel.syms "$work/listed" "the library" "$work/exported"
}

formatting_is_clang_formats() {
	for format in clang-format-14 clang-format ''; do
		command -v "${format:-false}" >/dev/null && $format --version | grep -q 'version 14\.' &&
			break
	done
	[ -n "$format" ] || { skip="no clang-format 14, and other versions judge differently"; return; }
	sources | xargs "$format" --dry-run 2>&1 | grep 'warning:' | head -n 20
}

text_ends_well() {
	all_files | grep -E '\.([ch]|sh|md|scd|build|txt)$|/run$' |
		xargs grep -nE '[[:blank:]]+$' | sed 's/$/ <- trailing blanks/' | head -n 20
	for file in $(all_files | grep -E '\.([ch]|sh|md|scd|build)$|/run$'); do
		[ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at the end"
	done
}

# What is built here must not depend on, or talk of, the machine it was written on.
no_machine_is_named() {
	all_files | grep -v '^./tests/lint/' | xargs grep -nIE \
		'(^|[^a-zA-Z0-9_.])/(work|home/[a-z]+|root)/|[a-z]+\.(debian|ubuntu|fedoraproject|archlinux)\.org/|(registry|pypi|crates|npmjs|proxy\.golang)\.(io|org|com)' |
		head -n 20
}

scripts_are_posix_sh() {
	for script in run .ci/run $(find data tests -name '*.sh'); do
		sed -n '1{/^#!\/bin\/sh$/!p;}' "$script" | sed "s,^,$script: not plain sh: ,"
		sh -n "$script" 2>&1
	done
}

check() { # NAME
	number=$((number + 1)) skip=
	"$1" >"$work/said"
	if [ -s "$work/said" ]; then
		failed=1
		sed 's/^/# /' "$work/said"
		echo "not ok $number - $1"
	else
		echo "ok $number - $1${skip:+ # SKIP $skip}"
	fi
}

for name in rooms_include_only_what_they_may portable_rooms_know_no_glib fences_stay_at_home \
	headers_compile_alone public_header_is_plain_c public_header_is_cplusplus \
	public_symbols_are_listed library_exports_what_is_listed formatting_is_clang_formats \
	text_ends_well no_machine_is_named scripts_are_posix_sh; do
	check $name
done
echo "1..$number"
exit $failed
