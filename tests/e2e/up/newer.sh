#!/bin/sh
# newer.sh FOLDER - unpacks the QEMU of the distribution's backports into FOLDER, and makes
# FOLDER/bin/qemu-system-x86_64 that runs it from there. SPDX-License-Identifier: GPL-2.0-or-later
#
# BACKPORTS names the script that fetches. Ends with 77 and the reason where it cannot be had.
set -eu

folder=${1:?usage: newer.sh FOLDER}
mkdir -p "$folder/packages" "$folder/unpacked" "$folder/bin"
sh "$BACKPORTS" download "$folder/packages" qemu-system-x86 qemu-system-common qemu-system-data \
	qemu-system-modules-spice qemu-system-modules-opengl seabios || exit $?
for package in "$folder/packages/"*.deb; do
	dpkg-deb -x "$package" "$folder/unpacked"
done
cat >"$folder/bin/qemu-system-x86_64" <<-END
#!/bin/sh
QEMU_MODULE_DIR=\$(echo "$folder"/unpacked/usr/lib/*/qemu) exec "$folder/unpacked/usr/bin/qemu-system-x86_64" \\
	-L "$folder/unpacked/usr/share/qemu" -L "$folder/unpacked/usr/share/seabios" "\$@"
END
chmod 755 "$folder/bin/qemu-system-x86_64"
"$folder/bin/qemu-system-x86_64" --version >/dev/null || {
	echo "newer: it does not run on this system" >&2
	exit 77
}
