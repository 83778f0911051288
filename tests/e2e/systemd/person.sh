#!/bin/sh
# person.sh - for cases.sh: somebody at a terminal, and the machine's managers of services and users.
# SPDX-License-Identifier: GPL-2.0-or-later

work=/run/lab
mkdir -p $work
count=$(cat $work/count 2>/dev/null || echo 0) failed=''

fail() {
	failed="$failed$*; "
	return 1
}

try() { # CASE
	case ${ONLY:-$1} in *$1*) ;; *) return 0 ;; esac
	before=$(cut -d' ' -f1 /proc/uptime)
	$1
	count=$((count + 1))
	echo $count >$work/count
	[ -z "$failed" ] || echo "$failed" | sed 's/^/# /'
	[ -z "$failed" ] || shown | tail -n 20 | tr -d '\r' | sed 's/^/#   terminal: /'
	[ -z "$failed" ] || journalctl -q -b -n 25 --no-pager -o cat | sed 's/^/#   journal: /'
	echo "${failed:+not }ok $count - $1"
	echo "# from $before to $(cut -d' ' -f1 /proc/uptime) s"
	failed=
}

within() { # SECONDS COMMAND...
	deadline=$(($(cut -d. -f1 /proc/uptime) + $1)) && shift
	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt $deadline ] || return 1
		sleep 0.2
	done
}

# ---- a terminal with a shell, whose owner has logged in ----

arrives() { # COMMAND: it opens the terminal
	rm -f $work/keys && mkfifo $work/keys
	: >$work/screen
	seen=0
	$1
	exec 8<>$work/keys # waits for no reader
	types "PS1=; stty -echo; echo logged in: \$((40 + 2))"
	sees 60 "logged in: 42"
}

opens_a_terminal() {
	script -qef -c "su -l tester" $work/screen <$work/keys >/dev/null 2>&1 8<&- &
	terminal=$!
}
comes() { arrives opens_a_terminal; }

types() { echo "$1" >&8; } # LINE
shown() { tail -c +$((seen + 1)) $work/screen; }
shows() { shown | grep -aq -- "$1"; } # PATTERN

# From here on only what comes after it is looked at.
sees() { # SECONDS PATTERN
	within "$1" shows "$2" || fail "no \"$2\" at the terminal" || return
	match=$(shown | grep -abo -m 1 -- "$2" | head -n 1)
	text=${match#*:}
	seen=$((seen + ${match%%:*} + ${#text}))
}

leaves() {
	types exit
	exec 8>&-
	wait $terminal
}

# ---- managers ----

# The user's own, asked from outside of any session.
manager() { # WORD...
	setpriv --reuid=4001 --regid=4001 --init-groups env XDG_RUNTIME_DIR=/run/user/4001 \
		systemctl --user "$@"
}

journal_has() { journalctl -q -b --no-pager | grep -q "$1"; } # PATTERN

user_is() { # STATE, or gone
	state=$(loginctl show-user tester -p State --value 2>/dev/null)
	[ "${state:-gone}" = "$1" ]
}

# Until its guest listens.
bring_up() { # MACHINE
	make_disk /srv/tester/obeys.img
	types "oriel up --emulate --no-view --detach $1.yaml; echo status \$?"
	sees 90 "status 0" || return
	within 60 obeys || fail "its guest does not start"
}
