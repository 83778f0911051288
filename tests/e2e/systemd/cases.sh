#!/bin/sh
# cases.sh - in the lab, as root: what persons do there, and what must come of it.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each "ok" and "not ok" is a case. Waiting has an end; a case that failed leaves nothing to the next.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/person.sh"
. "$here/single.sh"

machine() { # NAME LINE...: a guest that does nothing but shut down when it is asked to
	cat >/srv/tester/"$1".yaml <<-END
	name: $1
	os: other
	cpu: { cores: 1 }
	networks: []
	sound: { kind: none }
	disks: { file: obeys.img, format: raw, bus: ahci, cache: unsafe }
	END
	name=$1 && shift
	printf '%s\n' "$@" >>"/srv/tester/$name.yaml"
}

# Enables ACPI's button, says so in the disk's second block, and looks at the button with each tick;
# power off once it was pressed.
make_disk() {
	printf '\373\272\002\006\270\000\001\357\016\007\270\001\003\273\000\174\271\002\000' >"$1"
	printf '\272\200\000\315\023\272\000\006\364\355\366\304\001\164\371' >>"$1"
	printf '\272\004\006\270\000\040\357\364\353\375' >>"$1"
	truncate -s 510 "$1"
	printf '\125\252' >>"$1"
	truncate -s 1M "$1"
	chown tester: "$1"
}
obeys() { [ "$(od -An -tx1 -j512 -N1 /srv/tester/obeys.img)" = " fb" ]; }

log_of() { cat "/srv/tester/.local/state/oriel/$1/log"; }
unit_is() { [ "$(manager is-active "oriel-$1.service")" = "$2" ]; }
runs() { pgrep -u tester -x "$1" >/dev/null; }
nothing_runs() { ! runs qemu-system-x86 && ! runs swtpm && ! runs oriel; }
is_clean() { nothing_runs && [ ! -e /run/user/4001/oriel/one ]; }

# ---- the user's own service manager ----

a_machine_is_a_unit_of_the_users() {
	bring_up one || return
	unit_is one active || fail "its unit is $(manager is-active oriel-one.service)"
	group=/sys/fs/cgroup/user.slice/user-4001.slice/user@4001.service/app.slice/oriel-one.service
	programs=$(while read -r pid; do cat "/proc/$pid/comm"; done <$group/cgroup.procs | sort | tr '\n' ' ')
	[ "$programs" = "oriel oriel qemu-system-x86 swtpm " ] || fail "in its group: $programs"
	within 10 journal_has "Started.*Virtual machine one" || fail "the journal does not know it"
	types "oriel ls; echo status \$?"
	within 60 shows "status 0" && shows "one  *running" || fail "oriel ls does not name it"
}

down_ends_it() {
	types "oriel down one; echo status \$?"
	sees 60 "status 0" || return
	within 20 is_clean || fail "left: $(ls /run/user/4001/oriel; ps -u tester)"
	log_of one | grep -q "has shut down" || fail "its log: $(log_of one)"
	within 10 unit_is one inactive || fail "its unit is $(manager is-active oriel-one.service)"
}

stopping_the_unit_asks_the_guest() {
	bring_up one || return
	since=$(log_of one | wc -l)
	manager stop oriel-one.service || fail "it is not stopped"
	within 20 is_clean || fail "left: $(ls /run/user/4001/oriel; ps -u tester)"
	log_of one | tail -n +$((since + 1)) >$work/log
	grep -q "was asked to shut down" $work/log && grep -q "has shut down" $work/log ||
		fail "its log: $(cat $work/log)"
}

a_killed_keeper_leaves_nothing() {
	bring_up one || return
	kill -9 "$(manager show -p MainPID --value oriel-one.service)"
	within 30 is_clean || fail "left: $(ls /run/user/4001/oriel; ps -u tester)"
	within 10 unit_is one inactive || fail "its unit is $(manager is-active oriel-one.service)"
}

one_who_lingers_keeps_it() {
	loginctl enable-linger tester
	bring_up one || return
	leaves
	within 30 user_is lingering || fail "the user is $(loginctl show-user tester -p State --value)"
	unit_is one active || fail "its unit is $(manager is-active oriel-one.service)"
	runs qemu-system-x86 || fail "it does not run"
}

# logind waits ten seconds, and what runs gets its time to end.
without_it_is_shut_down() {
	loginctl disable-linger tester
	within 120 user_is gone || fail "the user is $(loginctl show-user tester -p State --value)"
	nothing_runs || fail "still runs: $(ps -u tester)"
	log_of one | grep -q "has shut down" || fail "its log: $(log_of one)"
}

# ---- polkit, whose questions somebody answers at the terminal ----

# What "paged" needs root for.
pages() { cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages; }
pages_are() { [ "$(pages)" = "$1" ]; }

answers() { # PASSWORD [ACTION]
	sees 60 "AUTHENTICATING FOR org.oriel.helper.${2:-serve}" || return
	sees 30 "Password:" || return
	types "$1"
}

up_paged() { types "oriel up --emulate --no-view $* paged.yaml; echo status \$?"; }

ends_paged() {
	types "oriel down paged; echo status \$?"
	sees 90 "status 0"
	within 30 pages_are 0 || fail "pages: $(pages)"
}

the_service_asks_at_the_terminal() {
	make_disk /srv/tester/obeys.img
	up_paged --detach
	answers secret || return
	sees 60 "status 0" || return
	pages_are 16 || fail "pages: $(pages)"
	types "stty -a"
	sees 20 " -echo " # as it was
	within 60 obeys && ends_paged
}

a_wrong_password_is_refused() {
	up_paged --detach
	answers wrong || return
	sees 60 "polkit does not let you .*wrong password" && sees 30 "status 1"
	within 20 is_clean || fail "left: $(ps -u tester)"
}

without_systemd_it_asks_by_itself() {
	make_disk /srv/tester/obeys.img
	up_paged --no-unit
	answers secret || return
	sees 60 "paged  *runs" || return
	within 60 obeys && kill -TERM "$(pgrep -u tester -f 'oriel up.*paged')"
	sees 60 "status 0"
	within 20 pages_are 0 || fail "pages: $(pages)"
}

# As in a desktop's menu, or by ssh without a terminal.
without_a_terminal_it_is_refused() {
	types "setsid -w oriel up --emulate --no-view paged.yaml </dev/null; echo status \$?"
	sees 60 "polkit does not let you .*nobody to ask" && sees 20 "status 1"
	within 20 is_clean || fail "left: $(ps -u tester)"
}

allowing_asks_too() {
	types "oriel gpu allow $gpu; echo status \$?"
	answers secret allow || return
	sees 60 "status 0" || return
	grep -q "$gpu" /etc/oriel/devices || fail "$(cat /etc/oriel/devices)"
}

# ----

ONE_GPU='gpus: { mode: single, rom-bar: no }'
machine single "memory: 32M" "machine: { firmware: bios }" "display: none" "$ONE_GPU"
machine paged "memory: { size: 32M, hugepages: 2M }" "machine: { firmware: bios }" "display: none"
machine one "memory: 32M" "machine: { firmware: bios, tpm: yes }" "display: { resolution: 640x480, video: none }"
echo "# up after $(cut -d' ' -f1 /proc/uptime) s"
comes
try a_machine_is_a_unit_of_the_users
try down_ends_it
try stopping_the_unit_asks_the_guest
try a_killed_keeper_leaves_nothing
try one_who_lingers_keeps_it
try without_it_is_shut_down
comes
try the_service_asks_at_the_terminal
try a_wrong_password_is_refused
try without_systemd_it_asks_by_itself
try without_a_terminal_it_is_refused
try allowing_asks_too
leaves
try the_desktop_makes_room
try it_outlives_the_session
try all_comes_back_with_its_end
try killed_but_for_the_helper
try killed_with_the_helper
try in_a_terminal_without_systemd
[ -n "${ONLY:-}" ] || { sits_down && takes_the_only_gpu; } # last.sh goes on
systemctl poweroff
