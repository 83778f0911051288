#!/bin/sh
# shmd.sh ORIEL - `oriel shmd` as a person runs it. TAP.
set -u
oriel=${1:?usage: shmd.sh ORIEL}
work=$(mktemp -d) || exit 1
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
number=0 failed=0 skip=

# Each prints what is wrong; silence is success.
start() { # OPTION...; the socket's path comes as $socket
	: >"$work/log" # here, not in the child: what an earlier one said must not be read again
	"$oriel" shmd "$@" 2>>"$work/log" &
	server=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
		grep -q ' at /' "$work/log" && return 0
		sleep 0.1
	done
	echo "it does not start: $(cat "$work/log")"
	return 1
}

stop() { # wanted status
	kill -TERM "$server"
	wait "$server"
	status=$?
	server=
	[ $status = 0 ] || echo "it ends with $status"
}

help_fits_a_terminal() {
	"$oriel" shmd --help >"$work/help" || echo "status $?"
	awk 'length > 80 { print "too wide: " $0 }' "$work/help"
	grep -q -- --print-qemu "$work/help" || cat "$work/help"
}

it_prints_what_qemu_needs() {
	"$oriel" shmd -s '/run/a,b.sock' -v 2 -p >"$work/out" || echo "status $?"
	wanted='-chardev socket,id=oriel-shm,path=/run/a,,b.sock -device ivshmem-doorbell,chardev=oriel-shm,vectors=2'
	grep -qxF -e "$wanted" "$work/out" || cat "$work/out"
}

it_prints_what_libvirt_needs() {
	"$oriel" shmd -n 'a&b' -s "/run/it's.sock" -p >"$work/out"
	grep -qF "<shmem name='a&amp;b'>" "$work/out" || cat "$work/out"
	grep -qF "<server path='/run/it&apos;s.sock'/>" "$work/out" || cat "$work/out"
	! grep '<size' "$work/out"
}

libvirt_finds_it_valid() {
	command -v virt-xml-validate >/dev/null || { skip="virt-xml-validate is not installed"; return; }
	{
		echo "<domain type='qemu'><name>t</name><memory>65536</memory>"
		echo "<os><type arch='x86_64'>hvm</type></os><devices>"
		"$oriel" shmd -p | sed -n '/^<shmem/,/^<.shmem/p'
		echo "</devices></domain>"
	} >"$work/domain.xml"
	virt-xml-validate "$work/domain.xml" domain >"$work/out" 2>&1 || cat "$work/out"
}

# Without a daemon: libvirt's QEMU driver within virsh, below a directory of its own. As root it
# would look for accounts that only a whole libvirt makes.
virsh_embedded() {
	home=$work/libvirt
	set -- timeout 60 virsh -q -c "qemu:///embed?root=$home/root" "$@"
	set -- env -u XDG_RUNTIME_DIR -u XDG_CACHE_HOME -u XDG_CONFIG_HOME HOME="$home" "$@"
	if [ "$(id -u)" = 0 ]; then
		chmod 711 "$work" && chown -R 65534:65534 "$home"
		set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
	"$@"
}

# What libvirt leads QEMU to, with what doc/doorbell.md adds for knocks.
libvirt_gives_qemu_the_same() {
	command -v virsh >/dev/null || { skip="virsh is not installed"; return; }
	command -v qemu-system-x86_64 >/dev/null || { skip="QEMU is not installed"; return; }
	mkdir "$work/libvirt"
	{
		echo "<domain type='qemu'><name>t</name><memory unit='MiB'>256</memory>"
		echo "<os><type arch='x86_64' machine='q35'>hvm</type></os>"
		echo "<features><acpi/><apic/><ioapic driver='qemu'/></features><devices>"
		"$oriel" shmd -v 2 -s /run/oriel/win11.sock -p | sed -n '/^<shmem/,/^<.shmem/p'
		echo "<iommu model='intel'><driver intremap='on'/></iommu></devices></domain>"
	} >"$work/libvirt/domain.xml"
	virsh_embedded domxml-to-native qemu-argv "$work/libvirt/domain.xml" >"$work/out" 2>&1
	status=$?
	if grep -q 'failed to connect' "$work/out"; then
		skip="libvirt has no QEMU driver here"
		return
	fi
	[ $status = 0 ] || cat "$work/out"
	for wanted in '"driver":"ivshmem-doorbell","id":"shmem0","chardev":"charshmem0","vectors":2' \
		'-chardev socket,id=charshmem0,path=/run/oriel/win11.sock' \
		'"driver":"intel-iommu","id":"iommu0","intremap":"on"' 'kernel_irqchip=split'; do
		grep -qF -e "$wanted" "$work/out" || echo "no $wanted in $(cat "$work/out")"
	done
	# The remapper has to be there before the device.
	sed 's/intel-iommu.*//' "$work/out" | grep ivshmem-doorbell
}

nonsense_is_explained() {
	while read -r words options; do
		# shellcheck disable=SC2086
		"$oriel" shmd $options >"$work/out" 2>&1
		[ $? = 2 ] || echo "$options: not status 2"
		grep -q -e "$words" "$work/out" || echo "$options: $(cat "$work/out")"
	done <<-END
		64M --size 64
		64M --size M
		64M --size 0M
		64M --size 64MB
		64M --size 99999999999999G
		1.to.16 --vectors 17
		1.to.64 --peers 0
		no.such.user --user nobody-of-that-name
		no.such.group --group nobody-of-that-name
		what.is extra
	END
}

a_size_that_no_machine_takes_is_refused() {
	"$oriel" shmd -s "$work/odd" -m 48M >"$work/out" 2>&1
	[ $? = 1 ] || echo "not status 1"
	grep -q '64 MiB' "$work/out" || cat "$work/out"
}

it_serves_until_it_is_told_to_end() {
	start -s "$work/socket" || return
	[ -S "$work/socket" ] || echo "no socket"
	"$oriel" shmd -s "$work/socket" >"$work/out" 2>&1
	[ $? = 1 ] || echo "a second one: not status 1"
	grep -q 'in use' "$work/out" || cat "$work/out"
	stop
	[ ! -e "$work/socket" ] || echo "the socket is left behind"
}

what_a_killed_one_left_is_replaced() {
	start -s "$work/socket" || return
	kill -KILL "$server"
	wait "$server" 2>/dev/null
	[ -S "$work/socket" ] || echo "no stale socket to test with"
	start -s "$work/socket" && stop
}

the_default_place_is_private() {
	mkdir -m 0700 "$work/run"
	XDG_RUNTIME_DIR=$work/run start -n win11 -m 1M || return
	[ -S "$work/run/oriel/win11.sock" ] || find "$work/run"
	find "$work/run/oriel" -type d ! -perm 0700 -print -o -type s ! -perm 0600 -print
	stop
}

check() { # NAME
	number=$((number + 1)) skip=
	"$1" >"$work/said" 2>&1
	if [ -s "$work/said" ]; then
		failed=1
		sed 's/^/# /' "$work/said"
		echo "not ok $number - $1"
	else
		echo "ok $number - $1${skip:+ # SKIP $skip}"
	fi
}

for name in help_fits_a_terminal it_prints_what_qemu_needs it_prints_what_libvirt_needs \
	libvirt_finds_it_valid libvirt_gives_qemu_the_same nonsense_is_explained \
	a_size_that_no_machine_takes_is_refused \
	it_serves_until_it_is_told_to_end what_a_killed_one_left_is_replaced \
	the_default_place_is_private; do
	check $name
done
echo "1..$number"
exit $failed
