#!/bin/sh
# rom.sh ORIEL TEST-VM-ROM - `oriel rom` as a person runs it. TAP.
set -u
oriel=${1:?usage: rom.sh ORIEL TEST-VM-ROM} maker=${2:?}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0 failed=0
card=$work/sys/bus/pci/devices/0000:01:00.0

mkdir -p "$card" && "$maker" write "$work" || exit 1
echo 0x10de >"$card/vendor"
echo 0x1b81 >"$card/device"
head -c 10240 "$work/nvidia" >"$work/trimmed"

# Each prints what is wrong; silence is success.
says() { # STATUS TEXT ARGUMENT...
	wanted=$1 text=$2
	shift 2
	"$oriel" rom "$@" >"$work/out" 2>&1
	status=$?
	[ $status = "$wanted" ] || echo "oriel rom $*: status $status: $(cat "$work/out")"
	grep -qF -e "$text" "$work/out" || echo "oriel rom $*: no \"$text\": $(cat "$work/out")"
}

help_fits_a_terminal() {
	says 0 'trim FILE NEW-FILE' --help
	awk 'length > 80 { print "too wide: " $0 }' "$work/out"
}

wrong_use_is_told() {
	says 2 'say check, dump or trim'
	says 2 'say check, dump or trim' burn "$work/plain"
	says 2 'one file is needed' check
	says 2 'two files are needed' trim "$work/plain"
	says 2 'is no address of a card' dump 1:2 "$work/x"
	says 1 'x-is-not-there' check "$work/x-is-not-there"
	says 1 'is no file of at most 16 MiB' check /dev/zero
}

good_ones_are_listed() {
	says 0 'usable as it is' check "$work/plain"
	grep -q '0x000000 .* BIOS .*10de:1b80 .*checksum right' "$work/out" || cat "$work/out"
	grep -q '0x001800 .* UEFI (x64) .*last' "$work/out" || cat "$work/out"
	says 0 'usable once trimmed to 10240 bytes' check "$work/flash3"
	grep -q 'flash of an NVIDIA card (version 3)' "$work/out" || cat "$work/out"
}

trimmed_ones_need_no_more() {
	says 0 '10240 of' trim "$work/flash2" "$work/new"
	cmp "$work/new" "$work/trimmed" 2>&1
	says 0 'usable as it is' check "$work/new"
	says 1 '--force overwrites' trim "$work/flash3" "$work/new"
	says 0 '10240 of' trim --force "$work/flash3" "$work/new"
}

without_uefi_only_a_bios_guest_has_use() {
	head -c 6144 "$work/plain" >"$work/bios"
	printf '\200' | dd of="$work/bios" bs=1 seek=85 conv=notrunc 2>/dev/null
	says 1 'has no UEFI image' check "$work/bios"
	says 1 'has no UEFI image' trim "$work/bios" "$work/never"
	[ ! -e "$work/never" ] || echo 'written all the same'
	says 1 'the checksum is wrong' check --bios "$work/bios"
	says 0 'usable' check --bios "$work/plain"
}

cards_are_compared() {
	says 0 'usable as it is' check --sysroot "$work" --card 01:00.0 "$work/plain"
	echo 0x2684 >"$card/device"
	says 1 'is not for the card at 01:00.0, which is 10de:2684' \
		check --sysroot "$work" --card 01:00.0 "$work/plain"
	echo 0x1b81 >"$card/device"
	says 1 'no card at' check --sysroot "$work" --card 02:00.0 "$work/plain"
}

cards_are_dumped() {
	cp "$work/nvidia" "$card/rom"
	says 0 "$(wc -c <"$work/nvidia") bytes of 0000:01:00.0" \
		dump --sysroot "$work" 0000:01:00.0 "$work/dumped"
	cmp "$work/nvidia" "$work/dumped" 2>&1
	echo 1 >"$card/boot_vga"
	says 0 'this computer started on that card' \
		dump --force --sysroot "$work" 0000:01:00.0 "$work/dumped"
	: >"$card/rom"
	says 1 'the card shows no ROM' dump --force --sysroot "$work" 0000:01:00.0 "$work/dumped"
}

for name in help_fits_a_terminal wrong_use_is_told good_ones_are_listed trimmed_ones_need_no_more \
	without_uefi_only_a_bios_guest_has_use cards_are_compared cards_are_dumped; do
	number=$((number + 1))
	$name >"$work/said" 2>&1
	if [ -s "$work/said" ]; then
		failed=1
		sed 's/^/# /' "$work/said"
		printf 'not '
	fi
	echo "ok $number - $name"
done
echo "1..$number"
exit $failed
