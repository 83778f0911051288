#!/bin/sh
# alone.sh ORIEL-GUEST - one memory takes one capture program at a time. TAP.
set -u
guest=${1:?usage: alone.sh ORIEL-GUEST}
work=$(mktemp -d) || exit 1
first=
trap '[ -z "$first" ] || kill -9 "$first" 2>/dev/null; rm -rf "$work"' EXIT

options="--memory $work/memory --create 16M --capture pattern:64x64"
heard() { # WORDS FILE; waits for them
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		grep -q "$1" "$2" && return 0
		sleep 0.2
	done
	sed 's/^/# /' "$2"
	return 1
}
check() { # NUMBER NAME; status of what went before
	if [ $? = 0 ]; then echo "ok $1 - $2"; else echo "not ok $1 - $2"; fi
}

# shellcheck disable=SC2086
start() { # FILE for what it says
	"$guest" $options 2>"$1" &
	first=$!
}

start "$work/first"
heard 'pattern 64x64' "$work/first"
check 1 the_first_captures
# shellcheck disable=SC2086
timeout 20 "$guest" $options 2>"$work/second"
[ $? = 1 ] && grep "process $first already captures" "$work/second" >/dev/null
check 2 the_second_is_told_who_does
kill -9 "$first"
wait "$first" 2>/dev/null
start "$work/third"
heard 'pattern 64x64' "$work/third"
check 3 what_a_killed_one_left_is_free
echo 1..3
