#!/bin/sh
# image.sh KIND INITRD - makes a guest to boot: writes INITRD and prints the kernel's path.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   pattern   a kernel, init and one static oriel-guest
#   desktop   a lean X desktop with oriel-guest inside
#   vfio      as pattern, with the kernel's modules for vfio-pci, which init loads
#
# ORIEL_INIT and ORIEL_GUEST name our programs (for `pattern` the static one). Kernel and desktop
# come from the distribution's packages, downloaded and unpacked but never installed, with its own
# sources and keys and without root. Where packages cannot be had that way (ORIEL_IMAGE=installed
# asks for it), they are the running kernel and the programs installed here with their libraries.
# What was unpacked is cached; its key is a hash of the exact packages and of this script.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/oriel
work=$(mktemp -d "${TMPDIR:-/tmp}/oriel-image.XXXXXX")
child=
trap 'rm -rf "$work"' EXIT
trap 'kill $child 2>/dev/null; exit 130' HUP INT TERM

# What takes long runs beside the shell, which would not hear a signal before its end otherwise.
run() { # COMMAND...
	"$@" &
	child=$!
	wait $child
}

desktop_packages='busybox-static xvfb blackbox xterm x11-apps fonts-dejavu-core x11-xkb-utils
	xkb-data libxcb-shm0 libxcb-damage0 libxcb-xfixes0 libxcb-randr0 libxcb-xtest0'
# Drawn in by dependencies, of no use to a desktop without GL, logins and maintainer scripts.
unwanted='libllvm|libz3-|libgl1-mesa-dri|libicu|perl|man-db|groff|libssl|udev|passwd|dpkg_|tar_|menu_|
	|keyboard-configuration|libpam|debconf|libsepol|libsemanage|libdb5|libelf|libdrm-|libsensors|
	|libxml2|libx11-data|bsdextrautils|libpython|liblocale|adduser|login|libsystemd-shared'
# What the desktop fallback copies when it is there; the first block is indispensable.
programs_needed='Xvfb sh sleep xkbcomp'
programs_wanted='busybox blackbox bsetroot twm openbox xterm xclock xeyes ico awk top'

say() { echo "image: $*" >&2; }
die() { say "$*"; exit 1; }
lacking() { say "$*"; exit 69; } # not broken, just not here
has() { command -v "$1" >/dev/null 2>&1; }

pack() { (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet); } # DIRECTORY

# ---- packages, by apt, as any user ----

# An empty system beside the real one: its own status and archives, the machine's own sources.
configure_apt() {
	mkdir -p "$work/archives/partial" && : >"$work/status"
	cat >"$work/apt.conf" <<-END
	Dir::State::status "$work/status";
	${1:+Dir::State::lists "$1";}
	Dir::Cache::pkgcache "$work/pkgcache.bin";
	Dir::Cache::srcpkgcache "";
	Dir::Cache::archives "$work/archives";
	Debug::NoLocking "true";
	APT::Sandbox::User "";
	Acquire::Languages "none";
	Acquire::Retries "3";
	END
	export APT_CONFIG="$work/apt.conf"
}

key_of() { sha256sum | cut -c 1-16; }

# Have the machine's lists and sources not changed since this file was made?
current() { # FILE
	[ -s "$1" ] || return 1
	[ -z "$(find /var/lib/apt/lists /etc/apt "$cache"/lists/*Packages* -newer "$1" 2>/dev/null)" ]
}

# Prints "name=version file hash" of what installing $@ on an empty system would fetch.
resolve() {
	memo=$cache/resolved-$(echo "$@" | key_of)
	if ! current "$memo"; then
		ask_apt "$@" >"$work/resolved"
		[ -s "$work/resolved" ] || return 0
		mv "$work/resolved" "$memo"
	fi
	cat "$memo"
}

ask_apt() {
	apt-get -qq -y --no-install-recommends install --print-uris "$@" 2>"$work/apt.log" | awk '{
		file = $2; sub(/\.deb$/, "", file)
		split(file, part, "_"); gsub(/%3a/, ":", part[2])
		print part[1] "=" part[2], $2, $4
	}'
}

# Makes `resolve` work: the machine's package lists, or private ones where it has none.
open_packages() {
	has apt-get && has dpkg-deb || return 1
	configure_apt
	# shellcheck disable=SC2046
	[ -z "$(resolve $(kernel_package))" ] || return 0
	configure_apt "$cache/lists"
	mkdir -p "$cache/lists/partial"
	say "downloading the distribution's package lists"
	run apt-get -qq update >"$work/apt.log" 2>&1
}

download() { # DIRECTORY PACKAGE=VERSION...
	from=$PWD
	cd "$1" && shift
	for wait in 1 3 0; do
		run apt-get -qq download "$@" >"$work/apt.log" 2>&1 && cd "$from" && return 0
		sleep $wait
	done
	cat "$work/apt.log" >&2
	return 1
}

# ---- the kernel ----

# A bzImage carries a packed ELF image. QEMU boots that directly (PVH), which saves the guest from
# unpacking it: seconds under TCG. Fails where the image is not of that kind.
unpack_kernel() { # BZIMAGE VMLINUX
	field() { od -An -v -t"$3" -j"$1" -N"$2" "$bzimage" | tr -d ' '; }
	bzimage=$1
	setup=$(field 497 1 u1)
	start=$(($(field 584 4 u4) + (setup ? setup + 1 : 5) * 512))
	length=$(field 588 4 u4)
	case $(field $start 4 x1) in
	02214c18) unpack='lz4 -dcq' ;;
	28b52ffd) unpack='zstd -dcq' ;;
	fd377a58) unpack='xz -dc' ;;
	1f8b*) unpack='gzip -dc' length=$((length + 4)) ;; # the size is part of its format
	*) return 1 ;;
	esac
	tail -c +$((start + 1)) "$bzimage" | head -c $((length - 4)) | $unpack >"$2" 2>/dev/null
	readelf -n "$2" 2>/dev/null | grep -q 'Xen.*0x00000012\|PVH\|Xen .* Unknown note type: (0x00000012)'
}

install_kernel() { # BZIMAGE TARGET
	if unpack_kernel "$1" "$work/vmlinux"; then
		mv "$work/vmlinux" "$2.$$.new"
	else
		cp "$1" "$2.$$.new"
	fi
	mv "$2.$$.new" "$2"
}

# The smallest kernel that boots in a machine: one made for clouds.
kernel_package() {
	if grep -q '^ID=ubuntu' /etc/os-release; then
		echo linux-image-virtual
	else
		echo linux-image-cloud-amd64
	fi
}

kernel_from_packages() {
	exact=$(resolve "$(kernel_package)" | grep -E '^linux-image-(unsigned-)?[0-9]' | head -n 1)
	[ -n "$exact" ] || return 1
	kernel=$cache/kernel-$(echo "$exact" | key_of)
	[ ! -s "$kernel" ] || return 0
	say "downloading ${exact%%=*}"
	mkdir -p "$work/kernel"
	download "$work/kernel" "${exact%% *}" || return 1
	dpkg-deb --fsys-tarfile "$work"/kernel/*.deb | tar -x -C "$work/kernel" --wildcards './boot/vmlinuz*'
	rm -f "$cache"/kernel-*[0-9a-f] # of former versions
	install_kernel "$(echo "$work"/kernel/boot/vmlinuz*)" "$kernel"
}

kernel_from_here() {
	for bzimage in "/lib/modules/$(uname -r)/vmlinuz" "/boot/vmlinuz-$(uname -r)" /boot/vmlinuz*; do
		[ -r "$bzimage" ] || continue
		kernel=$cache/kernel-$(echo "$bzimage $(uname -v)" | key_of)
		[ -s "$kernel" ] || install_kernel "$bzimage" "$kernel"
		return 0
	done
	for kernel in "$cache"/kernel-*; do
		[ ! -s "$kernel" ] || return 0
	done
	lacking "no kernel to boot: no package of one, and nothing readable in /lib/modules or /boot"
}

# ---- its modules ----

# In the order in which they need each other; those with a question mark are part of others in some
# versions of Linux.
vfio_modules='irqbypass vfio vfio_virqfd? vfio_iommu_type1 vfio-pci-core vfio-pci'

# Copies a module to where init looks, plain whatever it was packed with.
add_module() { # TREE NUMBER MODULE
	name=${3%\?}
	target=$work/modules/lib/modules/oriel/$2-$name.ko
	file=$(find "$1" -name "$name.ko*" | head -n 1)
	case $file in
	*.ko) cp "$file" "$target" ;;
	*.xz) xz -dc "$file" >"$target" ;;
	*.zst) zstd -dcq "$file" >"$target" ;;
	*) [ "$name" != "$3" ] || { say "the kernel's package has no module $name"; return 1; } ;;
	esac
}

modules_from_packages() {
	modules=$cache/modules-$(echo "$exact $vfio_modules" | key_of)
	[ ! -s "$modules" ] || return 0
	mkdir -p "$work/tree" "$work/modules/lib/modules/oriel"
	say "downloading the modules of ${exact%%=*}"
	download "$work/tree" "${exact%% *}" || return 1
	dpkg-deb --fsys-tarfile "$work"/tree/*.deb | tar -x -C "$work/tree" --wildcards \
		'*/vfio*.ko*' '*/irqbypass.ko*'
	number=10
	for module in $vfio_modules; do
		add_module "$work/tree" $number "$module" || return 1
		number=$((number + 1))
	done
	pack "$work/modules" >"$modules.$$.new"
	rm -rf "$work/tree" "$cache"/modules-*[0-9a-f]
	mv "$modules.$$.new" "$modules"
}

# ---- the desktop ----

# In an initramfs nobody runs maintainer scripts; these few links are what they would have made.
finish_desktop() { # ROOT
	mkdir -p "$1/bin" "$1/tmp" "$1/etc"
	[ -e "$1/bin/sh" ] || ln -s busybox "$1/bin/sh"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
	[ -e "$1/etc/fonts/fonts.conf" ] || [ ! -d /etc/fonts ] || cp -RL /etc/fonts "$1/etc/"
}

desktop_from_packages() {
	unwanted=$(echo "$unwanted" | tr -d '\n\t' | sed 's/||/|/g')
	# shellcheck disable=SC2086
	resolve $desktop_packages | grep -Ev "^($unwanted)" >"$work/desktop.list"
	grep -q '^xvfb=' "$work/desktop.list" || return 1
	desktop=$cache/desktop-$(cat "$work/desktop.list" "$here/image.sh" | key_of)
	[ ! -s "$desktop" ] || return 0
	say "downloading $(wc -l <"$work/desktop.list") packages for the desktop"
	mkdir -p "$work/debs" "$work/root"
	# shellcheck disable=SC2046
	download "$work/debs" $(cut -d ' ' -f 1 "$work/desktop.list") || return 1
	say "unpacking them"
	for deb in "$work"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$work/root" --no-same-owner \
			--exclude './usr/share/doc/*' --exclude './usr/share/man/*' \
			--exclude './usr/share/locale/*' --exclude './usr/share/i18n/*' \
			--exclude './usr/lib/*/gconv/*' --exclude './usr/share/icons/*' \
			--exclude './usr/lib/*/dri/*' --exclude './usr/share/zoneinfo/*'
	done
	rm -rf "$work/debs"
	keep_desktop "$work/root"
}

keep_desktop() { # ROOT
	finish_desktop "$1"
	pack "$1" >"$desktop.$$.new"
	rm -f "${desktop%-*}"-*[0-9a-f] # of former versions
	mv "$desktop.$$.new" "$desktop"
}

# Copies files into a root, links and what they lead to included.
copy_in() { # ROOT FILE...
	root=$1 && shift
	for file in "$@"; do
		mkdir -p "$root${file%/*}"
		[ -e "$root$file" ] || cp -L "$file" "$root$file"
	done
}

# The libraries that programs ask for, the loader included.
libraries() { ldd "$@" 2>/dev/null | sed -n 's/^[^/]*\(\/[^ :]*\) (0x.*/\1/p' | sort -u; }

desktop_from_here() {
	found=
	for name in $programs_needed $programs_wanted; do
		path=$(command -v "$name") && found="$found $path" && continue
		case " $programs_needed " in *" $name "*) lacking "the desktop needs $name, which is not installed" ;; esac
	done
	# shellcheck disable=SC2086
	desktop=$cache/installed-$({ ls -lL $found; cat "$here/image.sh"; } | key_of)
	[ ! -s "$desktop" ] || return 0
	say "copying the programs installed here"
	# shellcheck disable=SC2046,SC2086
	copy_in "$work/root" $found $(libraries $found)
	sh_path=$(command -v sh)
	[ "$sh_path" = /bin/sh ] || copy_in "$work/root" /bin/sh
	for tree in /usr/share/X11/xkb /usr/share/fonts/truetype/dejavu /usr/share/fonts/dejavu* \
		/usr/share/fonts/TTF /usr/share/blackbox /usr/share/terminfo/x /lib/terminfo/x; do
		[ -d "$tree" ] || continue
		mkdir -p "$work/root${tree%/*}"
		cp -RL "$tree" "$work/root${tree%/*}/"
	done
	keep_desktop "$work/root"
}

# ---- ours, on top ----

# A second archive behind the first: the kernel unpacks one after the other.
overlay() { # GUEST-PROGRAM
	top=$work/overlay
	mkdir -p "$top/dev" "$top/usr/bin"
	cp "${ORIEL_INIT:?names no init program}" "$top/init"
	cp "$1" "$top/usr/bin/oriel-guest"
	cp "$here/desktop.sh" "$top/usr/bin/oriel-desktop"
	chmod 755 "$top/init" "$top/usr/bin/"*
	if [ "$kind" = desktop ]; then
		cpio -t --quiet <"$desktop" | sed 's,.*/,,' >"$work/names"
		for library in $(libraries "$1"); do
			grep -qxF "${library##*/}" "$work/names" || copy_in "$top" "$library"
		done
	fi
	pack "$top"
}

kind=${1:?usage: image.sh pattern|desktop|vfio INITRD} initrd=${2:?usage: image.sh KIND INITRD}
guest=${ORIEL_GUEST:?names no oriel-guest}
has cpio || lacking "cpio is not installed (./run deps demo)"
mkdir -p "$cache"
source=${ORIEL_IMAGE:-packages}
if [ "$source" = packages ] && ! open_packages; then
	say "packages cannot be downloaded here; taking what is installed"
	source=installed
fi
if [ "$source" != packages ] || ! kernel_from_packages; then
	kernel_from_here
fi
desktop='' modules=''
case $kind in
pattern) ;;
vfio)
	if [ -z "${exact:-}" ] || ! modules_from_packages; then
		lacking "no modules to load: they come with a kernel's package only"
	fi ;;
desktop)
	if [ "$source" != packages ] || ! desktop_from_packages; then
		desktop_from_here
	fi ;;
*) die "unknown kind: $kind" ;;
esac
{ [ -z "$desktop$modules" ] || cat "$desktop$modules"; overlay "$guest"; } >"$initrd"
echo "$kernel"
