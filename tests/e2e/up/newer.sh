#!/bin/sh
# newer.sh FOLDER - makes FOLDER/bin/qemu-system-x86_64 run the QEMU of the distribution's backports,
# which is unpacked and cached by its version. SPDX-License-Identifier: GPL-2.0-or-later
#
# BACKPORTS names the script that fetches. Ends with 77 and the reason where it cannot be had.
set -eu

folder=${1:?usage: newer.sh FOLDER}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/oriel
packages='qemu-system-x86 qemu-system-common qemu-system-data qemu-system-modules-spice
qemu-system-modules-opengl seabios'
# shellcheck disable=SC2086
exact=$(sh "$BACKPORTS" exact $packages) || exit $?
kept=$cache/newer-$(echo "$exact" | sha256sum | cut -c 1-16)

unpack() {
	rm -rf "$cache"/newer-????????????????
	mkdir -p "$kept.$$/packages"
	# shellcheck disable=SC2086
	sh "$BACKPORTS" download "$kept.$$/packages" $packages || { rm -rf "$kept.$$"; exit 77; }
	for package in "$kept.$$/packages/"*.deb; do
		dpkg-deb -x "$package" "$kept.$$"
	done
	rm -r "$kept.$$/packages"
	mv -T "$kept.$$" "$kept" 2>/dev/null || rm -rf "$kept.$$" # somebody was faster
}

[ -x "$kept/usr/bin/qemu-system-x86_64" ] || unpack
mkdir -p "$folder/bin"
cat >"$folder/bin/qemu-system-x86_64" <<-END
#!/bin/sh
QEMU_MODULE_DIR=\$(echo "$kept"/usr/lib/*/qemu) exec "$kept/usr/bin/qemu-system-x86_64" \\
	-L "$kept/usr/share/qemu" -L "$kept/usr/share/seabios" "\$@"
END
chmod 755 "$folder/bin/qemu-system-x86_64"
"$folder/bin/qemu-system-x86_64" --version >/dev/null || {
	echo "newer: it does not run on this system" >&2
	exit 77
}
