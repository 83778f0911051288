#!/bin/sh
# single.sh - for cases.sh: the only GPU, which the desktop and a machine take in turns.
# SPDX-License-Identifier: GPL-2.0-or-later

for device in /sys/bus/pci/devices/*; do
	[ "$(cat "$device/class")" != 0x030000 ] || gpu=${device##*/}
done
group=$(basename "$(readlink "/sys/bus/pci/devices/$gpu/iommu_group")")

driver() { basename "$(readlink "/sys/bus/pci/devices/$gpu/driver")"; }
driver_is() { [ "$(driver)" = "$1" ]; }
desktop_is() { [ "$(systemctl is-active display-manager.service)" = "$1" ]; }

# What must be as it was, whatever has happened.
is_as_before() {
	driver_is bochs-drm && desktop_is active && [ -e /dev/dri/card0 ] &&
		grep -q 1 /sys/class/vtconsole/vtcon1/bind &&
		[ -z "$(ls /run/oriel/undo 2>/dev/null)" ] && [ ! -e "/dev/vfio/$group" ]
}
state() {
	echo "driver $(driver), desktop $(systemctl is-active display-manager.service), $(
		ls /dev/dri /dev/vfio /run/oriel/undo 2>&1 | tr '\n' ' '
	), consoles $(cat /sys/class/vtconsole/*/bind | tr '\n' ' ')"
}

sits_down() {
	touch $work/seated
	arrives "systemctl restart display-manager.service" || return
	terminal=$(pgrep -x script)
}

takes_the_only_gpu() {
	make_disk /srv/tester/obeys.img
	types "oriel up --emulate --no-view $* single.yaml"
	answers secret || return
	within 90 driver_is vfio-pci || fail "$(state)" || return
	within 90 obeys || fail "its guest does not start: $(log_of single | tail)"
}

the_desktop_makes_room() {
	sits_down || return
	within 30 is_as_before || fail "at first: $(state)" || return
	tail -n 5 $work/weston.log | sed "s,^,# weston: ,"
	takes_the_only_gpu || return
	desktop_is inactive || fail "the desktop is $(systemctl is-active display-manager.service)"
	kill -0 "$terminal" 2>/dev/null && fail "the terminal is still there"
	[ ! -e /dev/dri/card0 ] || fail "the desktop's driver is still there"
}

# logind would end all that the user runs ten seconds after the last session.
it_outlives_the_session() {
	within 25 unit_is single inactive && fail "it has ended: $(log_of single | tail)"
	runs qemu-system-x86 || fail "QEMU has ended: $(log_of single | tail)"
}

all_comes_back_with_its_end() {
	comes || return
	types "oriel down single; echo status \$?"
	sees 90 "status 0" || return
	within 60 is_as_before || fail "$(state)"
	leaves
	within 30 is_clean || fail "left: $(ps -u tester)"
}

killed_but_for_the_helper() {
	sits_down && takes_the_only_gpu || return
	kill -9 "$(manager show -p MainPID --value oriel-single.service)"
	within 90 is_as_before || fail "$(state)"
}

# Then nobody is left who could, but the service that looks after it.
killed_with_the_helper() {
	sits_down && takes_the_only_gpu || return
	kill -9 "$(pgrep -x oriel-helper)" "$(manager show -p MainPID --value oriel-single.service)"
	within 60 nothing_runs || fail "still runs: $(ps -u tester)"
	driver_is vfio-pci || fail "somebody gave it back: $(state)"
	systemctl restart oriel-restore.service || fail "oriel-restore: $(systemctl status oriel-restore)"
	within 60 is_as_before || fail "$(state)"
}

in_a_terminal_without_systemd() {
	sits_down && takes_the_only_gpu --no-unit || return
	within 25 is_as_before && fail "it has ended: $(log_of single | tail)"
	kill -TERM "$(pgrep -u tester -f 'oriel up.*single')"
	within 90 is_as_before || fail "$(state)"
}
