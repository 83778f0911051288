#!/bin/sh
# image.sh INITRD - the image of ../image.sh, with `oriel` and the libraries that it is linked to: writes
# INITRD and prints the kernel's path. SPDX-License-Identifier: GPL-2.0-or-later
#
# ORIEL names the program, MACHINES the folder of machines' files; INNER the script that makes the
# rest. Ends with 77 where it cannot be had.
set -eu

initrd=${1:?usage: image.sh INITRD}
work=$(mktemp -d "${TMPDIR:-/tmp}/oriel-doctor.XXXXXX")
trap 'rm -rf "$work"' EXIT

sh "$INNER" "$initrd" || exit $?

chmod 755 "$work" # it becomes /
# The loader has to lie where programs look for it; the guest finds the others by name.
mkdir -p "$work/oriel" "$work/machines" "$work/etc"
ldd "$ORIEL" | awk '$2 == "=>" { print $3 }' | while read -r library; do
	cp -L "$library" "$work/oriel/"
done
loader=$(ldd "$ORIEL" | awk '/ld-linux/ { print $1 }')
mkdir -p "$work$(dirname "$loader")"
cp -L "$loader" "$work$loader"
cp "$ORIEL" "$work/oriel/oriel"
chmod -R a+rX "$work"
cp "$MACHINES"/*.yaml "$work/machines/"
printf 'someone:x:1000:1000::/tmp:/bin/sh\n' >"$work/etc/passwd"
printf 'ID=debian\nPRETTY_NAME="A guest"\n' >"$work/etc/os-release"
(cd "$work" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >>"$initrd"
