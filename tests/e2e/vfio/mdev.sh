#!/bin/sh
# mdev.sh FOLDER - the kernel's samples of mediated devices, of a serial port (mtty.ko) and of a display
# (mdpy.ko), built from the distribution's source of the kernel that image.sh boots.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# BACKPORTS names the script that fetches. Some 160 MiB are downloaded; what is built is cached by its
# version. Ends with 77 where it cannot be had.
set -eu

folder=${1:?usage: mdev.sh FOLDER}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/oriel
work=$(mktemp -d "${TMPDIR:-/tmp}/oriel-mdev.XXXXXX")
trap 'rm -rf "$work"' EXIT

lacking() { echo "mdev: $*" >&2; exit 77; }

image=$(sh "$BACKPORTS" depends linux-image-amd64 | grep -E '^linux-image-[0-9]' | head -n 1)
version=${image#linux-image-}
series=$(echo "$version" | cut -d . -f 1,2)
kept=$cache/samples-$(sh "$BACKPORTS" exact "$image" | sha256sum | cut -c 1-16)

build() {
	bare=${version%-amd64}
	for program in make gcc xz; do
		command -v $program >/dev/null || lacking "$program is not installed"
	done
	sh "$BACKPORTS" download "$work" "linux-headers-$version" "linux-headers-$bare-common" \
		"linux-kbuild-$bare" "linux-source-$series" || exit $?
	for package in "$work"/linux-headers-*.deb "$work"/linux-kbuild-*.deb; do
		dpkg-deb -x "$package" "$work/top"
	done
	dpkg-deb --fsys-tarfile "$work"/linux-source-*.deb | tar -xO --wildcards '*.tar.xz' |
		xz -dc | tar -x -C "$work" --wildcards '*/samples/vfio-mdev/*'
	headers=$work/top/usr/src/linux-headers-$version
	sed -i "s,/usr/src,$work/top/usr/src," "$headers/Makefile"
	make -s -C "$headers" M="$(echo "$work"/linux-source-*/samples/vfio-mdev)" \
		CONFIG_SAMPLE_VFIO_MDEV_MTTY=m CONFIG_SAMPLE_VFIO_MDEV_MDPY=m \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules \
		>"$work/log" 2>&1 || lacking "it does not build: $(tail -n 1 "$work/log")"
	rm -rf "$cache"/samples-????????????????
	mkdir -p "$kept.$$"
	for module in mtty mdpy; do
		cp "$work"/linux-source-*/samples/vfio-mdev/$module.ko "$kept.$$/"
	done
	mv -T "$kept.$$" "$kept" 2>/dev/null || rm -rf "$kept.$$" # somebody was faster
}

[ -s "$kept/mdpy.ko" ] || build
cp "$kept"/*.ko "$folder/"
