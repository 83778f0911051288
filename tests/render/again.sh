#!/bin/sh
# again.sh PROGRAM [ARGUMENT...] - up to three times, where a driver crashed or hung: lavapipe 22.3
# does that once in ten runs. What a check has to say counts at once.
set -u
for try in 1 2 3; do
	status=0
	words=$(timeout 50 "$@") || status=$?
	case $status in 124 | 139) ;; *) break ;; esac # late; SIGSEGV
	echo "# run $try ended with status $status"
done
printf '%s\n' "$words"
exit "$status"
