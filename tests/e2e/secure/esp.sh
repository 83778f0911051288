#!/bin/sh
# esp.sh FOLDER KERNEL INITRD ARGUMENTS - FOLDER/good.img: a disk from which firmware that insists on
# signatures boots that kernel, by the distribution's own loaders; FOLDER/bad.img: the same with one
# bit of the first loader turned; FOLDER/forged.img: with one of the kernel.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The loaders are unpacked, not installed: their packages would write this computer's boot order.
# They are cached by their version. Ends with 77 where they cannot be had.
set -eu

folder=${1:?usage: esp.sh FOLDER KERNEL INITRD ARGUMENTS}
packages='shim-signed grub-efi-amd64-signed'
cache=${XDG_CACHE_HOME:-$HOME/.cache}/oriel
work=$(mktemp -d "${TMPDIR:-/tmp}/oriel-esp.XXXXXX")
trap 'rm -rf "$work"' EXIT

lacking() { echo "esp: $*" >&2; exit 77; }

for program in apt-get dpkg-deb mcopy; do
	command -v $program >/dev/null || lacking "there is no $program here"
done
# shellcheck disable=SC2086
named=$(apt-get download --print-uris $packages 2>/dev/null) || lacking "apt knows no $packages"
kept=$cache/signed-$(echo "$named" | sha256sum | cut -c 1-16)

fetch() {
	# shellcheck disable=SC2086
	(cd "$work" && apt-get -qq download $packages >log 2>&1) ||
		lacking "cannot download $packages: $(tail -n 1 "$work/log")"
	for package in "$work"/*.deb; do
		dpkg-deb -x "$package" "$work/top"
	done
	rm -rf "$cache"/signed-????????????????
	mkdir -p "$kept.$$"
	cp "$work/top/usr/lib/shim/shimx64.efi.signed" "$kept.$$/shim"
	cp "$work/top/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$kept.$$/grub"
	mv -T "$kept.$$" "$kept" 2>/dev/null || rm -rf "$kept.$$" # somebody was faster
}

# A copy of the good disk on which one letter of a text in that file is another.
spoil() { # DISK FILE TEXT PLACE
	cp "$2" "$work/spoilt"
	at=$(grep -abo -m 1 "$3" "$2" | head -n 1 | cut -d : -f 1)
	[ -n "$at" ] || { echo "esp: there is no \"$3\" in $2" >&2; exit 1; }
	printf '*' | dd of="$work/spoilt" bs=1 seek="$at" conv=notrunc status=none
	cp "$folder/good.img" "$folder/$1"
	mcopy -o -i "$folder/$1" "$work/spoilt" "$4"
}

[ -s "$kept/grub" ] || fetch
printf 'linux /kernel %s\ninitrd /initrd\nboot\n' "$4" >"$work/grub.cfg"
truncate -s 64M "$folder/good.img"
mformat -i "$folder/good.img" ::
mmd -i "$folder/good.img" ::/EFI ::/EFI/BOOT ::/EFI/debian
mcopy -i "$folder/good.img" "$kept/shim" ::/EFI/BOOT/BOOTX64.EFI
mcopy -i "$folder/good.img" "$kept/grub" ::/EFI/BOOT/grubx64.efi
mcopy -i "$folder/good.img" "$work/grub.cfg" ::/EFI/debian/grub.cfg
mcopy -i "$folder/good.img" "$2" ::/kernel
mcopy -i "$folder/good.img" "$3" ::/initrd
spoil bad.img "$kept/shim" 'UEFI SHIM' ::/EFI/BOOT/BOOTX64.EFI
spoil forged.img "$2" 'No setup signature found' ::/kernel
