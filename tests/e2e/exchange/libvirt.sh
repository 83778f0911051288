#!/bin/sh
# libvirt.sh ORIEL EXAMPLES - what `oriel export libvirt` writes, by libvirt's own schema, and what
# libvirt's QEMU driver makes of it, device by device beside our own arguments. TAP.
#
# Where KVM hangs, so does libvirt's look at QEMU: what asks it runs as nobody, whom /dev/kvm is
# closed to, and has a deadline.
set -u
oriel=${1:?usage: libvirt.sh ORIEL EXAMPLES} examples=${2:?}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0 failed=0 skip=

virsh_embedded() {
	home=$work/libvirt
	mkdir -p "$home"
	cp "$work/domain.xml" "$home"
	set -- timeout 60 virsh -q -c "qemu:///embed?root=$home/root" "$@"
	set -- env -u XDG_RUNTIME_DIR -u XDG_CACHE_HOME -u XDG_CONFIG_HOME HOME="$home" "$@"
	if [ "$(id -u)" = 0 ]; then
		chmod 711 "$work" && chown -R 65534:65534 "$home"
		set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
	"$@"
}

everything() {
	cat <<-'END'
		name: full
		description: "a & b <c>"
		os: windows10
		cpu: { cores: 2, threads: 2, pin: 0-3, emulator: 4-5, vendor-id: Oriel, flags: [+vmx] }
		memory: { size: 2G, locked: yes }
		machine: { tpm: yes, boot-menu: yes }
		disks:
		  - { file: "a,b&c.qcow2", read-only: yes }
		  - { file: /dev/sdz, format: raw, bus: ahci, serial: S1, cache: writeback }
		  - { file: n.raw, format: raw, bus: nvme, cache: unsafe, discard: no }
		cds: [ w.iso, "" ]
		networks: [ user, { kind: bridge, via: br0, card: e1000e }, { forward: tcp:2222:22 } ]
		display: { memory: plain, size: 32M, video: qxl }
		input: { keyboard: virtio, evdev: [ /dev/input/event3, /dev/input/event4 ] }
		usb: [ 046d:c52b, 1-2.4 ]
		shares: [ { path: /srv, tag: x, read-only: yes } ]
		qemu: [ -device, edu ]
	END
}

old() {
	echo 'name: old'
	echo 'machine: { chipset: i440fx }'
	echo 'disks: { file: a.raw, format: raw, bus: ahci }'
	echo 'cds: b.iso'
	echo 'display: { memory: kvmfr, video: vga }'
	echo 'sound: none'
}

drawn() {
	printf '%s\n' 'name: drawn' 'os: linux' 'gpus: virgl' 'sound: { microphone: no }' \
		'cpu: { model: Skylake-Client }' 'machine: { firmware: uefi-secure }'
}

# A graphics card with its sound, in a group of their own.
computer() {
	for function in 0:0x030000:0x2684:64 1:0x040300:0x22ba:64; do
		IFS=: read -r digit class device group <<-END
			$function
		END
		card=$work/root/sys/bus/pci/devices/0000:01:00.$digit
		mkdir -p "$card" "$work/root/sys/kernel/iommu_groups/$group/devices" \
			"$work/root/sys/class/iommu/dmar0"
		ln -s "../../../../kernel/iommu_groups/$group" "$card/iommu_group"
		ln -s "../../../../bus/pci/devices/0000:01:00.$digit" \
			"$work/root/sys/kernel/iommu_groups/$group/devices/0000:01:00.$digit"
		echo "$class" >"$card/class"
		echo "$device" >"$card/device"
		echo 0x10de >"$card/vendor"
	done
	ln -s /usr "$work/root/usr"
	ln -s /proc "$work/root/proc"
}

passed() {
	printf '%s\n' 'name: passed' 'os: windows10' \
		'gpus: { mode: passthrough, device: "01:00.0", rom: card.rom }' \
		'display: { memory: plain, video: none }'
}

export_it() { # FILE
	"$oriel" export libvirt --sysroot "$root" "$1" >"$work/domain.xml" 2>"$work/notes" || cat "$work/notes"
}

schema_takes() { # FILE
	command -v virt-xml-validate >/dev/null || { skip="virt-xml-validate is not installed"; return; }
	export_it "$1"
	virt-xml-validate "$work/domain.xml" domain >"$work/out" 2>&1 || cat "$work/out"
	"$oriel" export libvirt --sysroot "$root" --session "$1" >"$work/domain.xml" 2>"$work/notes" || cat "$work/notes"
	virt-xml-validate "$work/domain.xml" domain >"$work/out" 2>&1 || cat "$work/out"
}

# Models of devices, a line each. Left out: ports and bridges, which each lays out its own way;
# what libvirt cannot convert without starting it: network cards, USB devices by their ids; and the
# serial line, which is no -device of ours.
devices() {
	tr ' ' '\n' | grep -A1 -x -e -device | grep -v -e '^-' |
		sed "s/.*\"driver\":\"\([^\"]*\)\".*/\1/; s/,.*//; s/-gl$//" |
		grep -vE '^(pcie?-.*(port|bridge)|virtio-net-pci|e1000e|usb-host|piix.*|isa-serial)$' | sort
}

value_of() { # OPTION
	tr ' ' '\n' | grep -A1 -x -e "$1" | tail -n 1
}

# In whatever order.
features() {
	value_of -cpu | tr '_,' '-\n' | sed 's/=on$//' | sort | tr '\n' ' '
}

differ() { # WHAT OURS THEIRS
	[ "$2" = "$3" ] || echo "$1: oriel has $2, libvirt makes it $3"
}

libvirt_makes_the_same_of() { # FILE
	command -v virsh >/dev/null || { skip="virsh is not installed"; return; }
	export_it "$1"
	sed -i '/<interface/,/<\/interface>/d; /<hostdev.*usb/,/<\/hostdev>/d
		/egl-headless/d; s/<acceleration[^>]*>//' "$work/domain.xml"
	virsh_embedded domxml-to-native qemu-argv "$work/libvirt/domain.xml" >"$work/theirs" 2>&1
	status=$?
	if grep -q 'failed to connect' "$work/theirs"; then
		skip="libvirt has no QEMU driver here"
		return
	fi
	[ $status = 0 ] || { cat "$work/theirs"; return; }
	"$oriel" plan --sysroot "$root" --qemu "$1" 2>/dev/null >"$work/ours"
	devices <"$work/ours" >"$work/ours.devices"
	devices <"$work/theirs" >"$work/theirs.devices"
	[ -s "$work/ours.devices" ] || echo 'no device at all'
	[ -z "$root" ] || [ "$(grep -c '^vfio-pci$' "$work/ours.devices")" = 2 ] || cat "$work/ours"
	diff "$work/ours.devices" "$work/theirs.devices"
	for option in -m -uuid -rtc -accel; do
		differ "$option" "$(value_of $option <"$work/ours" | sed 's/,thread=multi//')" \
			"$(value_of $option <"$work/theirs")"
	done
	differ processors "$(value_of -smp <"$work/ours")" \
		"$(value_of -smp <"$work/theirs" | sed 's/,dies=1//')"
	differ processor "$(features <"$work/ours")" "$(features <"$work/theirs")"
}

help_fits_a_terminal() {
	"$oriel" export --help >"$work/help" || echo "status $?"
	awk 'length > 80 { print "too wide: " $0 }' "$work/help"
}

wrong_use_is_told() {
	for words in '' 'libvirt' "xen $work/full.yaml" "libvirt a b"; do
		# shellcheck disable=SC2086
		"$oriel" export $words >"$work/out" 2>&1
		[ $? = 2 ] || echo "$words: not status 2"
		grep -q 'oriel export libvirt win11.yaml' "$work/out" || cat "$work/out"
	done
	"$oriel" export libvirt "$work/none.yaml" >"$work/out" 2>&1
	[ $? = 1 ] || echo 'no file: not status 1'
}

check() { # NAME COMMAND...
	number=$((number + 1)) skip= case=$1
	shift
	"$@" >"$work/said"
	if [ -s "$work/said" ]; then
		failed=1
		sed 's/^/# /' "$work/said"
		echo "not ok $number - $case"
	else
		echo "ok $number - $case${skip:+ # SKIP $skip}"
	fi
}

everything >"$work/full.yaml"
old >"$work/old.yaml"
drawn >"$work/drawn.yaml"
passed >"$work/passed.yaml"
computer
check help_fits_a_terminal help_fits_a_terminal
check wrong_use_is_told wrong_use_is_told
for file in "$examples/win11.yaml" "$examples/linux.yaml" "$work/full.yaml" "$work/old.yaml" \
	"$work/drawn.yaml" "$work/passed.yaml"; do
	name=$(basename "$file" .yaml)
	root=
	[ "$name" != passed ] || root=$work/root
	if ! "$oriel" plan --sysroot "$root" --qemu "$file" >"$work/out" 2>"$work/errors"; then
		number=$((number + 1))
		echo "ok $number - $name # SKIP $(head -n 1 "$work/errors")"
		continue
	fi
	check "schema_takes_$name" schema_takes "$file"
	check "libvirt_makes_the_same_of_$name" libvirt_makes_the_same_of "$file"
done
echo "1..$number"
exit $failed
