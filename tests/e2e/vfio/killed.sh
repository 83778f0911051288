#!/bin/sh
# killed.sh ORIEL ADDRESS - in a guest: a machine with the GPU at that address, as a person runs it.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The programs are those of the build tree and of the host. Each "ok" and "not ok" is a case.
set -u
oriel=$1 gpu=$2
helper=$(dirname "$oriel")/helper/oriel-helper
device=/sys/bus/pci/devices/$gpu
export XDG_RUNTIME_DIR=/run/user HOME=/tmp/home XDG_STATE_HOME=/tmp/home/state
mkdir -p $XDG_RUNTIME_DIR $HOME && cd $HOME || exit 1
chmod 700 $XDG_RUNTIME_DIR

fail() { failed="$failed$*; "; }
case_end() { # NAME
	echo "# at $(cut -d' ' -f1 /proc/uptime) s"
	count=$((count + 1))
	[ -z "$failed" ] || echo "# $failed"
	echo "${failed:+not }ok $count - $1"
	failed=
}

# What must be as it was.
snapshot() {
	for file in "$device"/driver_override "$device"/reset_method "$device"/power/control \
		"$device"/d3cold_allowed; do
		echo "$file $(cat "$file")"
	done
	readlink "$device/driver"
	for folder in /dev/vfio /run/oriel/undo; do
		ls $folder 2>/dev/null
	done
}

same() { snapshot >after; cmp -s before after || fail "$1: $(diff before after | tr '\n' ' ')"; }
driver() { basename "$(readlink "$device/driver")"; }

await() { # SECONDS COMMAND...
	left=$(($1 * 5)) && shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.2
	done
}

is_back() { snapshot >after; cmp -s before after; }

up() {
	timeout 120 "$oriel" up --emulate --no-view --no-unit --detach "$@" nested.yaml >up.log 2>&1
}
end() { # PROGRAM...
	for process in /proc/[0-9]*; do
		name=$(readlink "$process/exe")
		for program in "$@"; do
			case $name in *"$program") kill -9 "${process#/proc/}" ;; esac
		done
	done
}

failed='' count=0
cat >nested.yaml <<CONFIG
name: nested
os: other
memory: 64M
cpu: { cores: 1 }
display: none
sound: { kind: none }
gpus: { mode: passthrough, device: "$gpu", rom-bar: no }
CONFIG
snapshot >before

up && fail "it runs though nobody allowed it"
grep -q "oriel gpu allow" up.log || fail "no remedy: $(cat up.log)"
same "after the refusal"
case_end a_gpu_that_is_not_allowed_is_refused

"$oriel" gpu allow "$gpu" || fail "cannot allow it"
up || fail "up: $(cat up.log)"
[ "$(driver)" = vfio-pci ] || fail "driver $(driver)"
"$oriel" ls | grep -q nested || fail "ls does not name it"
timeout 100 "$oriel" down --force --wait=1 nested >down.log 2>&1 || fail "down: $(cat down.log)"
await 30 is_back || same "after down"
case_end a_machine_has_the_gpu_and_gives_it_back

up || fail "up: $(cat up.log)"
[ "$(driver)" = vfio-pci ] || fail "driver $(driver)"
end "$oriel"
await 60 is_back || same "after kill -9 of oriel up"
timeout 100 "$oriel" down --clean nested >down.log 2>&1
case_end killing_oriel_gives_it_back

up || fail "up: $(cat up.log)"
end "$oriel" "$helper" /qemu-system-x86_64
"$oriel" ls >ls.log
grep -q "nested *left behind .*oriel down nested clears up" ls.log || fail "ls: $(cat ls.log)"
rm -rf "$XDG_RUNTIME_DIR/oriel" # as when the session ends
"$oriel" ls >ls.log
grep -q "nested *left behind" ls.log || fail "ls, after the session: $(cat ls.log)"
timeout 100 "$oriel" down nested >down.log 2>&1 || fail "down: $(cat down.log)"
await 30 is_back || same "after kill -9 of everything"
"$oriel" ls 2>&1 | grep -q "no machine runs" || fail "ls: $("$oriel" ls)"
case_end killing_everything_leaves_it_to_down

up || fail "up: $(cat up.log)"
end "$oriel" "$helper" /qemu-system-x86_64
up || fail "up once more: $(cat up.log)"
[ "$(driver)" = vfio-pci ] || fail "driver $(driver)"
timeout 100 "$oriel" down --force --wait=1 nested >down.log 2>&1 || fail "down: $(cat down.log)"
await 30 is_back || same "after the second"
case_end the_next_up_clears_up_first
echo "1..$count"
