#!/bin/sh
# image.sh INITRD - a guest of a kernel from backports: writes INITRD and prints the kernel's path.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ORIEL_INIT names our static init and LISTENER what it is to run, PROGRAMS more of such; BACKPORTS the
# script that fetches; MODULES what the kernel is to load, where it is not what a keyboard, mice and a
# tablet need; PARTS where else than below those folders they lie, and KIND a name for such images. The
# modules lie where init looks for them, named in the order of loading. Kernel and modules are cached
# by their version. Ends with 77 where they cannot be had.
set -eu

initrd=${1:?usage: image.sh INITRD}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/oriel
kind=${KIND:-input}
modules_wanted=${MODULES:-button evdev i8042 atkbd psmouse usbhid hid-generic xhci-pci}
work=$(mktemp -d "${TMPDIR:-/tmp}/oriel-input.XXXXXX")
trap 'rm -rf "$work"' EXIT

die() { echo "image: $*" >&2; exit "${2:-1}"; }
pack() { (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet); } # DIRECTORY

# Copies a module after all that it needs. Those that are built in are passed over.
add_module() { # NAME
	case " $added " in *" $1 "*) return 0 ;; esac
	added="$added $1"
	# A name has either kind of stroke, its file the other.
	file=$(find "$work/unpacked" -name "$(echo "$1" | sed 's/[-_]/[-_]/g').ko*" | head -n 1)
	[ -n "$file" ] || return 0
	case $file in
	*.xz) xz -dc "$file" ;;
	*.zst) zstd -dcq "$file" ;;
	*) cat "$file" ;;
	esac >"$work/$1.ko"
	for name in $(grep -aoz '^depends=.*' "$work/$1.ko" | tr -d '\0' |
		sed 's/depends=//' | tr ',' ' '); do
		add_module "$name"
	done
	count=$((count + 1))
	mv "$work/$1.ko" "$modules/$(printf '%02d' $count)-$1.ko"
}

make_kernel() { # PACKAGE
	echo "image: downloading $1" >&2
	sh "$BACKPORTS" download "$work" "$1" || exit $?
	modules=$work/top/lib/modules/oriel
	mkdir -p "$work/unpacked" "$modules"
	package=$(ls "$work"/*.deb)
	set -f # the patterns are tar's
	# shellcheck disable=SC2086
	dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/unpacked" --wildcards \
		'./boot/vmlinuz*' '*/drivers/acpi/*' '*/drivers/input/*' '*/drivers/hid/*' \
		'*/drivers/usb/*' \
		'*/drivers/virtio/*' '*/drivers/gpu/drm/*' '*/drivers/video/*' '*/drivers/i2c/*' \
		'*/drivers/char/*' '*/kernel/sound/*' '*/modules.builtin' ${PARTS:-}
	set +f
	added=
	count=0
	for name in $modules_wanted; do
		add_module "$name"
	done
	[ $count -gt 0 ] || find "$work/unpacked" -name modules.builtin -exec grep -q \
		"/$(echo "$name" | sed 's/[-_]/[-_]/g')\.ko" {} + || die "$1 has no modules"
	rm -rf "$cache/$kind"-????????????????
	mkdir "$kept.$$"
	pack "$work/top" >"$kept.$$/modules"
	cp "$work"/unpacked/boot/vmlinuz* "$kept.$$/kernel"
	mv -T "$kept.$$" "$kept" 2>/dev/null || rm -rf "$kept.$$" # somebody was faster
}

overlay() {
	mkdir -p "$work/overlay/dev" "$work/overlay/usr/bin"
	cp "$ORIEL_INIT" "$work/overlay/init"
	cp "$LISTENER" "$work/overlay/usr/bin/listener"
	for program in ${PROGRAMS:-}; do
		cp "$program" "$work/overlay/usr/bin/"
	done
	chmod 755 "$work/overlay/init" "$work/overlay/usr/bin/"*
	pack "$work/overlay"
}

command -v cpio >/dev/null || die "cpio is not installed (./run deps demo)" 77
mkdir -p "$cache"
package=$(sh "$BACKPORTS" depends linux-image-amd64) || exit $?
package=$(echo "$package" | grep -E '^linux-image-[0-9]' | head -n 1)
[ -n "$package" ] || die "backports have no linux-image-amd64" 77
exact=$(sh "$BACKPORTS" exact "$package") || exit $?
kept=$cache/$kind-$({ echo "$exact $modules_wanted ${PARTS:-}"; cat "$0"; } | sha256sum | cut -c 1-16)
[ -s "$kept/kernel" ] || make_kernel "$package"
{ cat "$kept/modules"; overlay; } >"$initrd"
echo "$kept/kernel"
