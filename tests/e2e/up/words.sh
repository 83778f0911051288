#!/bin/sh
# words.sh FOLDER - QEMU is asked whether it knows all words of the plans in that folder, which are
# for computers that are not this one. SPDX-License-Identifier: GPL-2.0-or-later
#
# So what it then lacks is left out, with a remark: devices, sockets, packages. A word that it does
# not know is an error, and so is anything else that keeps it from starting.
set -u
plans=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/oriel-words.XXXXXX")
trap 'rm -rf "$work"' EXIT

if ! command -v qemu-system-x86_64 >/dev/null; then
	echo "1..0 # SKIP qemu-system-x86_64 is not installed"
	exit 0
fi

# A line each: an argument and its value. Paths are ours, KVM is emulated, memory is little.
options() { # PLAN
	sed -n '/^the machine:/,$ { /^  -/ { s/  # .*//; s/^  //; p } }' "$1" | sed -E "
		s,(/run/user/1000/oriel/box|/state/oriel/box|/vms|/fw)/,$work/,g
		s/^-accel kvm/-accel tcg/; s/^-cpu host/-cpu max/; s/^-display .*/-display none/
		s/,hv_[a-z_]+(=[^,]*)?//g
		s/^-m .*/-m 64/; /memory-backend/ { s/size=[0-9]+M/size=64M/; s/,hugetlb.*// }
		/^-msg/ d; /^-overcommit/ d"
}

# Firmware, disks and a card's ROM, as far as QEMU looks at them before a guest runs.
make_files() {
	for file in secure.fd plain.fd firmware-variables firmware-variables-secure disk.raw card.rom; do
		truncate -s 1M "$work/$file"
	done
	[ -e "$work/disk.qcow2" ] || qemu-img create -q -f qcow2 "$work/disk.qcow2" 1M
}

start() { # FILE-OF-OPTIONS
	set --
	while IFS= read -r option; do
		set -- "$@" "${option%% *}"
		case $option in *' '*) set -- "$@" "${option#* }" ;; esac
	done <"$work/options"
	echo quit | timeout 60 qemu-system-x86_64 "$@" -S -monitor stdio >/dev/null 2>"$work/said"
}

# What this computer has not got, in QEMU's words. The last are of others that use what was left out.
is_lacking() { # COMPLAINT LEFT-OUT
	case $1 in
	*'no such host device'* | *'no iommu_group found'* | *'Failed to connect to'* | \
		*"Can't use file descriptor"* | *'missing object type'* | *'failed to open module'* | \
		*'opengl is not available'*) ;;
	*"can't find value"* | *"tpm chardev 'tpm' not found"*) [ "$2" -gt 0 ] ;;
	*) return 1 ;;
	esac
}

# The option that it stumbled at goes; false where none is named.
leave_out() {
	at=0 found=
	while IFS= read -r option; do
		at=$((at + 1))
		case $complaint in *": $option: "*) found=$at ;; esac
	done <"$work/options"
	[ -n "$found" ] && sed -i "${found}d" "$work/options"
}

check() { # PLAN
	left_out=0
	options "$1" >"$work/options"
	until start; do
		complaint=$(grep -v warning "$work/said" | head -n 1)
		is_lacking "$complaint" $left_out && leave_out || return 1
		left_out=$((left_out + 1))
	done
	echo "# $(grep -c . "$work/options") options, and $left_out for which this computer lacks something"
}

count=0
make_files
for plan in "$plans"/*.txt; do
	grep -q '^the machine:' "$plan" || continue
	count=$((count + 1))
	name=$(basename "$plan" .txt)
	if check "$plan"; then
		echo "ok $count - $name"
	else
		echo "# $(head -n 3 "$work/said" | tr '\n' ' ')"
		echo "not ok $count - $name"
	fi
done
echo "1..$count"
[ $count -ge 20 ]
