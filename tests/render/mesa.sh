#!/bin/sh
# mesa.sh PROGRAM [ARGUMENT...] - runs it, with LATE_FREE put before the C library; in long tests
# (ORIEL_LONG) with Vulkan and OpenGL in software out of the distribution's backports, which are
# downloaded once and kept in the cache: nothing is installed. Skips, in TAP, where there are none.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu
: "${BACKPORTS:?names backports.sh}"
packages='mesa-vulkan-drivers libegl-mesa0 mesa-libgallium libgbm1 libdrm2 libdrm-amdgpu1
libdrm-intel1 libdrm-radeon1'

skip() { echo "1..0 # SKIP $*"; exit 0; }

fetch() { # DIRECTORY
	echo "# mesa: downloading some packages" >&2
	mkdir "$work/packages"
	# shellcheck disable=SC2086
	sh "$BACKPORTS" download "$work/packages" $packages 2>"$work/said" ||
		skip "$(tail -n 1 "$work/said")"
	for package in "$work"/packages/*.deb; do
		dpkg-deb -x "$package" "$work/unpacked"
	done
	mkdir "$work/kept"
	find "$work/unpacked" \( -name libvulkan_lvp.so -o -name 'libdrm*.so.*' -o \
		-name 'libEGL_mesa.so.*' -o -name 'libgallium-*.so' -o -name 'libgbm.so.*' \) \
		-exec mv -t "$work/kept" {} +
	mv -T "$work/kept" "$1" 2>/dev/null || [ -d "$1" ] # somebody was faster
}

run() { # PROGRAM [ARGUMENT...]
	LD_PRELOAD=${LATE_FREE:-} "$@"
}

if [ -z "${ORIEL_LONG:-}" ]; then
	run "$@"
	exit
fi
command -v dpkg-deb >/dev/null || skip 'no dpkg-deb here'
cache=${XDG_CACHE_HOME:-$HOME/.cache}/oriel
mkdir -p "$cache"
work=$(mktemp -d "$cache/mesa-work.XXXXXX")
trap 'rm -rf "$work"' EXIT
version=$(sh "$BACKPORTS" exact mesa-vulkan-drivers 2>"$work/said") ||
	skip "$(tail -n 1 "$work/said")"
tree=$cache/mesa-gl-${version#*=}
[ -d "$tree" ] || fetch "$tree"
echo "# ${version%%=*} ${version#*=}"
printf '{ "file_format_version": "1.0.0", "ICD": { "api_version": "1.3.0", "library_path": "%s" } }\n' \
	"$tree/libvulkan_lvp.so" >"$work/icd.json"
printf '{ "file_format_version": "1.0.0", "ICD": { "library_path": "%s" } }\n' \
	"$tree/libEGL_mesa.so.0" >"$work/egl.json"
export VK_ICD_FILENAMES="$work/icd.json" __EGL_VENDOR_LIBRARY_FILENAMES="$work/egl.json"
export LD_LIBRARY_PATH="$tree${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
status=0
run "$@" || status=$?
exit "$status"
