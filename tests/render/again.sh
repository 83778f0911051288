#!/bin/sh
# again.sh PROGRAM [ARGUMENT...] - up to three times, where lavapipe's own threads crashed or it waits
# for itself: 22.3 does that once in ten runs. Each such run is said in a test that counts as skipped.
# Anything else counts at once: what a check says, and crashes with a word of ours in the stack.
set -u
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

# The stack of the end without the C library: in whose hands was it?
frames()
{
	sed -n '/^stack of the end:/,$p' "$said" | sed 1d | grep -v -e '/libc\.so' -e '/ld-linux'
}

# crash: nobody but lavapipe (and what it compiled) was there
of_lavapipe()
{
	frames | grep -q -e libvulkan_lvp -e libLLVM -e '^\[0x' || return 1
	! frames | grep -q -v -e libvulkan_lvp -e libLLVM -e '^\[0x' -e libstdc
}

# hang: it waits inside a wait of lavapipe's, or libplacebo for what lavapipe should have ended
for_lavapipe()
{
	frames | head -n 1 | grep -q -e libvulkan_lvp -e libplacebo
}

runs=0
while :; do
	status=0
	words=$(timeout -s ABRT -k 5 50 "$@" 2>"$said") || status=$?
	cat "$said" >&2
	case $status in
	124) for_lavapipe || break ;;
	139 | 134 | 135) of_lavapipe || break ;;
	*) break ;;
	esac
	runs=$((runs + 1))
	[ $runs -lt 3 ] || break
	echo "# again: lavapipe ended run $runs with status $status" >&2
done

if [ $runs -gt 0 ] && [ "$status" -eq 0 ]; then
	tests=$(printf '%s\n' "$words" | sed -n 's/^1\.\.//p')
	printf '%s\n' "$words" | grep -v '^1\.\.'
	echo "ok $((tests + 1)) - lavapipe # SKIP it crashed or hung in $runs of $((runs + 1)) runs"
	echo "1..$((tests + 1))"
else
	printf '%s\n' "$words"
fi
exit "$status"
