#include "doctor_visits.h"

#include "base/mem.h"

#define GPU      "gpus: { mode: passthrough, device: other }\n"
#define SINGLE   "gpus: { mode: single, device: '0000:01:00.0' }\n"
#define ALONE    "gone /sys/bus/pci/devices/0000:00:02.0\n"
#define SRIOV    "gpus: { mode: sriov, device: '0000:00:02.0', vfs: 2 }\n"
#define MDEV     "gpus: { mode: mdev, device: '0000:00:02.0', type: i915-GVTg_V5_4 }\n"
#define VGPU     "gpus: { mode: nvidia-vgpu, device: '0000:01:00.0', type: '1414' }\n"
#define ROM      "gpus: { mode: passthrough, device: other, rom: /rom }\n"
#define PLAIN    "display: { memory: plain, size: 32M, resolution: 640x480 }\n"
#define KVMFR    "display: { memory: kvmfr, resolution: 1920x1080 }\n"
#define ALLOWED  "file /etc/oriel/devices '0000:01:00.0 10de:2684\\n0000:00:02.0 8086:4680\\n'\n"
#define OURS     "file /proc/self/cgroup '1:name=x:/\\n0::/user.slice/user-7.slice/a.scope\\n'\n"
#define ISOLATED "file /sys/devices/system/cpu/isolated '4-7\\n'\n"
#define PAGES2M(name, count)                                                                       \
	"file /sys/kernel/mm/hugepages/hugepages-2048kB/" name " '" count "\\n'\n"
#define NODE(number, cpus, pages)                                                                  \
	"file /sys/devices/system/node/node" number "/cpulist '" cpus "\\n'\n"                     \
	"file /sys/devices/system/node/node" number                                                \
	"/hugepages/hugepages-2048kB/free_hugepages '" pages "\\n'\n"                              \
	"file /sys/devices/system/node/node" number                                                \
	"/hugepages/hugepages-2048kB/nr_hugepages '512'\n"
#define NODES       NODE("0", "0-5", "3840") NODE("1", "6-11", "256")
#define UUID        "11111111-2222-4333-8444-555555555555"
#define OUR_UUID    "fae47de1-0bc3-5a96-8580-28a2925137d2" /* of "gpu 0 of win11" */
#define KINDS(free) "pci 0000:00:02.0 class=0x030000\nmdev i915-GVTg_V5_4 free=" free "\n"
#define ACTIVE                                                                                     \
	"folder /sys/devices/pci0000:00/0000:00:02.0/" UUID "\n"                                   \
	"link /sys/bus/mdev/devices/" UUID " ../../../devices/pci0000:00/0000:00:02.0/" UUID "\n"
#define DOMAIN(uuid)                                                                               \
	"\"<domain><hostdev type='mdev'><source><address uuid='" uuid                              \
	"'/></source></hostdev></domain>\"\n"
#define MDEVCTL(uuid, type, start)                                                                 \
	"file /etc/mdevctl.d/0000:00:02.0/" uuid " '{\"mdev_type\":\"" type                        \
	"\",\"start\":\"" start "\",\"attrs\":[]}'\n"
#define KEYBOARD "file /dev/input/event3 ''\nlink /dev/input/by-id/kbd ../event3\n"
#define EVDEV    "input: { evdev: /dev/input/by-id/kbd }\n"
#define SETTINGS "/state/oriel/win11/firmware-variables"
#define FIRMWARE(code, vars)                                                                       \
	"many /usr/share/OVMF/code.fd " code "\nmany /usr/share/OVMF/vars.fd " vars "\n"
#define DGPU "/pci0000:00/0000:00:01.0/0000:01:00.0"

const char *const well =
	"file /etc/os-release 'PRETTY_NAME=\"Debian GNU/Linux 12\"\\nID=debian\\n'\n"
	"file /etc/default/grub ''\n"
	"file /usr/sbin/update-initramfs ''\n"
	"file /proc/sys/kernel/osrelease '6.1.0-56-amd64\\n'\n"
	"file /proc/cmdline 'quiet intel_iommu=on\\n'\n"
	"file /proc/cpuinfo 'vendor_id\\t: GenuineIntel\\ncpu family\\t: 6\\nmodel\\t\\t: 151\\n"
	"flags\\t\\t: fpu vmx\\n'\n"
	"file /proc/meminfo 'MemTotal:       32000000 kB\\nMemAvailable:   20000000 kB\\n'\n"
	"file /proc/interrupts '  24:  0  IR-PCI-MSI 1-edge  nvme\\n'\n"
	"file /proc/iomem '00000000-00000fff : Reserved\\n'\n"
	"file /proc/net/tcp '  sl  local_address\\n   0: 00000000:0016 00000000:0000 0A 0\\n'\n"
	"file /sys/devices/system/cpu/online '0-11\\n'\n"
	"file /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages '0\\n'\n"
	"file /sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages '0\\n'\n"
	"file /sys/kernel/security/lockdown '[none] integrity confidentiality\\n'\n"
	"file /sys/kernel/security/lsm 'lockdown,capability,apparmor\\n'\n"
	"file /sys/firmware/acpi/tables/DMAR ''\n"
	"file /sys/class/iommu/dmar0/x ''\n"
	"folder /sys/bus/pci/drivers/vfio-pci\n"
	"folder /dev/shm\n"
	"file /dev/dri/renderD128 ''\n"
	"file /dev/vfio/14 ''\n"
	"link /etc/systemd/system/display-manager.service /usr/lib/systemd/system/gdm.service\n"
	"folder /sys/fs/cgroup/system.slice/gdm.service\n"
	"file /usr/share/OVMF/code.fd ''\n"
	"file /usr/share/OVMF/vars.fd ''\n"
	"file /usr/share/qemu/firmware/40.json '{\"interface-types\":[\"uefi\"],\"mapping\":"
	"{\"device\":\"flash\",\"executable\":{\"filename\":\"/usr/share/OVMF/code.fd\","
	"\"format\":\"raw\"},\"nvram-template\":{\"filename\":\"/usr/share/OVMF/vars.fd\","
	"\"format\":\"raw\"}},\"targets\":[{\"architecture\":\"x86_64\",\"machines\":"
	"[\"pc-q35-*\"]}],\"features\":[\"secure-boot\",\"enrolled-keys\",\"requires-smm\"]}'\n"
	"pci 0000:00:01.0 class=0x060400 id=8086:460d driver=pcieport group=13\n"
	"pci 0000:00:02.0 class=0x030000 id=8086:4680 driver=i915 group=0 boot_vga=1\n"
	"output card0 DP-3 connected\n"
	"pci 0000:01:00.0 class=0x030000 id=10de:2684 driver=nouveau group=14 boot_vga=0 "
	"reset_method='flr bus' power_state=D0\n"
	"output card1 DP-1 disconnected\n"
	"pci 0000:01:00.1 class=0x040300 id=10de:22ba driver=snd_hda_intel group=14\n"
	"pci 0000:03:00.0 class=0x010802 id=144d:a80a driver=nvme group=15\n" ALLOWED;

const struct visit visits[] = {
	/* ---- all is well ---- */
	{ "a computer that is well", "", NULL, NULL,
	  "kvm=ok cpus=ok memory=ok hugepages=not-needed qemu=ok windows=ok libvirt=not-needed "
	  "security=not-needed configuration=not-needed shared-memory=ok versions=not-needed "
	  "lockdown=ok input=not-needed iommu=ok interrupts=ok vfio=ok group=ok "
	  "early-driver=not-needed viable=ok access=ok memlock=ok framebuffer=ok reset=ok power=ok "
	  "rom=ok monitor=warn single=not-needed sriov=not-needed vgpu=not-needed gvt=not-needed",
	  "Machines on Debian GNU/Linux 12" },
	{ "a machine that is well", "", "os: windows11\ndisks: { file: a, size: 64G }\n" GPU, NULL,
	  "kvm=ok cpus=ok memory=ok windows=ok configuration=ok shared-memory=ok iommu=ok group=ok "
	  "viable=ok access=ok memlock=ok reset=ok rom=ok monitor=warn single=not-needed",
	  "win11 on Debian" },
	{ "a machine without a GPU", "gone /sys/kernel/iommu_groups\ngone /sys/firmware\n",
	  "os: linux\n", NULL,
	  "iommu=not-needed interrupts=not-needed vfio=not-needed group=not-needed "
	  "viable=not-needed access=not-needed memlock=not-needed framebuffer=not-needed "
	  "reset=not-needed power=not-needed rom=not-needed monitor=not-needed "
	  "windows=not-needed sriov=not-needed vgpu=not-needed gvt=not-needed early-driver=not-needed",
	  NULL },
	{ "an empty computer", "bare\n", NULL, NULL,
	  "kvm=ok cpus=unknown memory=unknown hugepages=not-needed windows=warn iommu=warn "
	  "interrupts=not-needed vfio=unknown group=not-needed reset=not-needed",
	  "Machines on a system of no name" },
	{ "an empty computer for a machine with a GPU", "bare\n", "os: windows11\n" GPU, NULL,
	  "iommu=fail group=fail vfio=unknown windows=fail reset=not-needed", "oriel gpu lists" },

	/* ---- kvm ---- */
	{ "no module", "", NULL, "kvm=missing", "kvm=fail", "sudo modprobe kvm_intel" },
	{ "AMD, no module", "file /proc/cpuinfo 'flags : svm\\n'\n", NULL, "kvm=missing",
	  "kvm=fail", "sudo modprobe kvm_amd" },
	{ "switched off by the firmware", "file /proc/cpuinfo 'flags : fpu\\n'\n", NULL,
	  "kvm=missing", "kvm=fail", "firmware's setup: Intel calls it VT-x" },
	{ "a machine in a machine", "file /proc/cpuinfo 'flags : fpu hypervisor\\n'\n", NULL,
	  "kvm=missing", "kvm=fail", "nested virtualization" },
	{ "not of the group", "", NULL, "kvm=denied", "kvm=fail", "usermod -aG kvm someone" },
	{ "a vCPU does not run", "", NULL, "kvm=fails", "kvm=fail", "VirtualBox" },
	{ "a vCPU hangs", "", NULL, "kvm=hangs", "kvm=fail", "never comes back" },
	{ "a guest hung before", "", NULL, "kvm=before", "kvm=fail", "has hung under KVM" },
	{ "KVM in software", "file /proc/cpuinfo 'flags : fpu hypervisor\\n'\n", NULL, NULL,
	  "kvm=warn", "a KVM in software" },
	{ "no cpuinfo", "gone /proc/cpuinfo\n", NULL, NULL, "kvm=ok", NULL },

	/* ---- cpus ---- */
	{ "all CPUs given away", "file /sys/devices/system/cpu/online '0-3\\n'\n",
	  "cpu: { cores: 4 }\n", NULL, "cpus=warn", "at most 3 for the machine" },
	{ "CPUs left", "", "cpu: { cores: 4 }\n", NULL, "cpus=ok", NULL },
	{ "pins beyond", "", "cpu: { cores: 2, pin: '11-12' }\n", NULL, "cpus=fail", "names 12," },
	{ "pins of two caches",
	  "file /sys/devices/system/cpu/cpu1/cache/index3/shared_cpu_list '0-5\\n'\n"
	  "file /sys/devices/system/cpu/cpu2/cache/index3/shared_cpu_list '0-5\\n'\n"
	  "file /sys/devices/system/cpu/cpu6/cache/index3/shared_cpu_list '6-11\\n'\n",
	  "cpu: { cores: 3, pin: '1-2,6' }\n", NULL, "cpus=warn", "2 last level caches" },
	{ "pins of another node",
	  "file /sys/bus/pci/devices/0000:01:00.0/numa_node '1\\n'\n"
	  "file /sys/devices/system/node/node1/cpulist '6-11\\n'\n",
	  "cpu: { cores: 2, pin: '2-3' }\n" GPU, NULL, "cpus=warn", "pin to 6-11" },
	{ "the slowest clock",
	  "file /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor 'powersave\\n'\n"
	  "file /sys/devices/system/cpu/cpu0/cpufreq/scaling_driver 'acpi-cpufreq\\n'\n",
	  NULL, NULL, "cpus=warn", "cpupower" },
	{ "powersave that is none",
	  "file /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor 'powersave\\n'\n"
	  "file /sys/devices/system/cpu/cpu0/cpufreq/scaling_driver 'intel_pstate\\n'\n",
	  NULL, NULL, "cpus=ok", NULL },
	{ "CPUs that make no sense", "file /sys/devices/system/cpu/online '0-99999999\\n'\n", NULL,
	  NULL, "cpus=unknown", NULL },

	{ "isolated CPUs that the guest never gets",
	  ISOLATED "file /proc/cmdline 'quiet isolcpus=domain,managed_irq,4-7\\n'\n",
	  "cpu: { cores: 4 }\n", NULL, "cpus=warn",
	  "> cpu.pin: 4-7 > or isolate none: > take isolcpus=domain,managed_irq,4-7 from" },
	{ "isolated CPUs, pinned", ISOLATED, "cpu: { cores: 4, pin: 4-7 }\n", NULL, "cpus=ok",
	  "all of them are isolated" },
	{ "isolated CPUs, pinned in part", ISOLATED, "cpu: { cores: 4, pin: 3-6 }\n", NULL,
	  "cpus=warn", "of cpu.pin only 4-6 are isolated" },
	{ "isolated CPUs, pinned elsewhere", ISOLATED, "cpu: { cores: 2, pin: 1-2 }\n", NULL,
	  "cpus=warn", "cpu.pin names none of them" },
	{ "isolated CPUs that are too few", "file /sys/devices/system/cpu/isolated '4-5\\n'\n",
	  "cpu: { cores: 4 }\n", NULL, "cpus=warn", "isolate 4 CPUs or none" },
	{ "QEMU's threads on isolated CPUs", ISOLATED,
	  "cpu: { cores: 2, pin: 4-5, emulator: 6-7 }\n", NULL, "cpus=warn", "will crowd on one" },
	{ "CPUs isolated by a partition", "file /sys/fs/cgroup/cpuset.cpus.isolated '8-11\\n'\n",
	  "cpu: { cores: 2 }\n", NULL, "cpus=warn", "cpu.pin: 8-9" },
	{ "isolated CPUs, in general", ISOLATED, NULL, NULL, "cpus=ok",
	  "4-7 are isolated: a machine gets them by cpu.pin" },
	{ "no isolated CPUs", "file /sys/devices/system/cpu/isolated '\\n'\n",
	  "cpu: { cores: 4 }\n", NULL, "cpus=ok", NULL },
	{ "isolated CPUs of nonsense", "file /sys/devices/system/cpu/isolated '\\377-'\n",
	  "cpu: { cores: 4 }\n", NULL, "cpus=ok", NULL },
	{ "CPUs that are kept from users",
	  OURS "file /sys/fs/cgroup/user.slice/cpuset.cpus.effective '0-3\\n'\n",
	  "cpu: { cores: 2, pin: 3-4 }\n", NULL, "cpus=fail",
	  "cpu.pin names 4, which the control group /user.slice is kept from" },
	{ "CPUs that users have",
	  OURS "file /sys/fs/cgroup/user.slice/cpuset.cpus.effective '0-11\\n'\n",
	  "cpu: { cores: 2, pin: 3-4 }\n", NULL, "cpus=ok", NULL },
	{ "CPUs that are kept from a container",
	  "file /proc/self/cgroup '0::/\\n'\nfile /sys/fs/cgroup/cpuset.cpus.effective '0-3\\n'\n",
	  "cpu: { cores: 2, pin: 3-4 }\n", NULL, "cpus=fail", "whoever runs this container (/)" },
	{ "a control group of others",
	  "file /proc/self/cgroup '0::/../../etc\\n'\nfile /etc/cpuset.cpus.effective '0'\n",
	  "cpu: { cores: 2, pin: 3-4 }\n", NULL, "cpus=ok", NULL },

	/* ---- memory ---- */
	{ "shared memory is memory, too", "",
	  "memory: 19G\ndisplay: { memory: plain, size: 256M, resolution: 640x480 }\n", NULL,
	  "memory=fail", "the machine wants 19.2" },
	{ "memory but for the rest", "", "memory: 19G\ndisplay: spice\n", NULL, "memory=ok", NULL },
	{ "memory that users may not have",
	  OURS "file /sys/fs/cgroup/user.slice/memory.max "
	       "'1073741824\\n'\nfile /sys/fs/cgroup/user.slice/user-7.slice/memory.max 'max\\n'\n",
	  "memory: 8G\n", NULL, "memory=fail",
	  "set-property --runtime user.slice MemoryMax=infinity" },
	{ "memory that has no limit", OURS "file /sys/fs/cgroup/user.slice/memory.max 'max\\n'\n",
	  "memory: 8G\n", NULL, "memory=ok", NULL },
	{ "memory that is swapped out",
	  "file /proc/meminfo 'MemTotal: 32000000 kB\\nMemAvailable: 2000000 kB\\n"
	  "SwapFree: 30000000 kB\\n'\n",
	  "memory: 8G\n" GPU, NULL, "memory=fail", "swap does not count" },
	{ "too little memory", "", "memory: 64G\n", NULL, "memory=fail", "give less: memory.size" },
	{ "little memory",
	  "file /proc/meminfo 'MemTotal: 4000000 kB\\nMemAvailable: 900000 kB\\n'\n", NULL, NULL,
	  "memory=warn", NULL },
	{ "meminfo of nonsense",
	  "file /proc/meminfo 'MemTotal: many\\nMemAvailable: 99999999999999999999 "
	  "kB\\n'\n",
	  NULL, NULL, "memory=unknown", NULL },
	{ "huge pages are there",
	  "file /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages "
	  "'4096\\n'\n",
	  "memory: { size: 8G, hugepages: 2M }\n", "without=helper", "hugepages=ok memory=ok",
	  NULL },
	{ "huge pages that the helper makes", "", "memory: { size: 8G, hugepages: 2M }\n", NULL,
	  "hugepages=ok", NULL },
	{ "huge pages that nobody makes", "", "memory: { size: 8G, hugepages: 2M }\n",
	  "without=helper", "hugepages=fail", "sudo sysctl vm.nr_hugepages=4096" },
	{ "huge pages that are promised to others",
	  PAGES2M("free_hugepages", "4096") PAGES2M("resv_hugepages", "100"),
	  "memory: { size: 8G, hugepages: 2M }\n", "without=helper", "hugepages=fail",
	  "3996 of 4096" },
	{ "huge pages that the kernel makes",
	  PAGES2M("free_hugepages", "4000") PAGES2M("nr_overcommit_hugepages", "100")
		  PAGES2M("surplus_hugepages", "4"),
	  "memory: { size: 8G, hugepages: 2M }\n", "without=helper", "hugepages=ok",
	  "the kernel makes the others" },
	{ "huge pages that the kernel makes for others",
	  PAGES2M("free_hugepages", "4000") PAGES2M("nr_overcommit_hugepages", "100")
		  PAGES2M("surplus_hugepages", "5"),
	  "memory: { size: 8G, hugepages: 2M }\n", "without=helper", "hugepages=fail", NULL },
	{ "huge pages of another node than the pins", PAGES2M("free_hugepages", "4096") NODES,
	  "cpu: { cores: 2, pin: 6-7 }\nmemory: { size: 8G, hugepages: 2M }\n", NULL,
	  "hugepages=warn",
	  "echo 4352 | sudo tee /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages" },
	{ "huge pages of the pins' node", PAGES2M("free_hugepages", "4096") NODES,
	  "cpu: { cores: 2, pin: 1-2 }\nmemory: { size: 7680M, hugepages: 2M }\n", NULL,
	  "hugepages=ok", "free by node: node0: 3840, node1: 256" },
	{ "huge pages of another node than the GPU",
	  PAGES2M("free_hugepages", "4096") NODES
	  "file /sys/bus/pci/devices/0000:01:00.0/numa_node '1\\n'\n",
	  "memory: { size: 7680M, hugepages: 2M }\n" GPU, NULL, "hugepages=warn", "node 1, where" },
	{ "huge pages of nodes that nobody prefers", PAGES2M("free_hugepages", "4096") NODES,
	  "memory: { size: 8G, hugepages: 2M }\n", NULL, "hugepages=ok", NULL },
	{ "huge pages of nodes of nonsense",
	  PAGES2M("free_hugepages",
		  "4096") "file /sys/devices/system/node/node/hugepages/hugepages-2048kB/free_hugepages '1'\n"
			  "file /sys/devices/system/node/node99999999/hugepages/hugepages-2048kB/free_hugepages '1'\n"
			  "file /sys/devices/system/node/nodex/cpulist '0-11'\n",
	  "cpu: { cores: 2, pin: 1-2 }\nmemory: { size: 8G, hugepages: 2M }\n", NULL,
	  "hugepages=ok", NULL },
	{ "huge pages that users may not have",
	  PAGES2M("free_hugepages", "4096") OURS
	  "file /sys/fs/cgroup/user.slice/hugetlb.2MB.max '1073741824\\n'\n",
	  "memory: { size: 8G, hugepages: 2M }\n", NULL, "hugepages=fail",
	  "echo max | sudo tee /sys/fs/cgroup/user.slice/hugetlb.2MB.max" },
	{ "gigantic pages that users may not reserve",
	  "file /sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages '8\\n'\n" OURS
	  "file /sys/fs/cgroup/user.slice/hugetlb.1GB.rsvd.max '0\\n'\n",
	  "memory: { size: 8G, hugepages: 1G }\n", NULL, "hugepages=fail", "hugetlb.1GB.rsvd.max" },
	{ "gigantic pages", "", "memory: { size: 8G, hugepages: 1G }\n", NULL, "hugepages=fail",
	  "hugepagesz=1G hugepages=8" },
	{ "no gigantic pages", "gone /sys/kernel/mm/hugepages/hugepages-1048576kB\n",
	  "memory: { size: 8G, hugepages: 1G }\n", NULL, "hugepages=fail", "or another size" },
	{ "memory that the helper lets lock", "", "memory: 8G\n" GPU, "lock=8", "memlock=ok",
	  NULL },
	{ "memory that nobody lets lock", "", "memory: 8G\n" GPU, "lock=8 without=helper",
	  "memlock=fail", "someone - memlock 8650752" },
	{ "a limit that waits for a login",
	  "file /etc/security/limits.d/a.conf '# x\\n@kvm - memlock unlimited\\n'\n",
	  "memory: 8G\n" GPU, "lock=8 without=helper", "memlock=fail", "who logs in anew" },
	{ "root locks all", "", "memory: 8G\n" GPU, "lock=8 root", "memlock=ok", "win11" },
	{ "little to lock", "", NULL, "lock=8 without=helper", "memlock=warn", NULL },

	/* ---- programs ---- */
	{ "no QEMU", "", NULL, "qemu=none", "qemu=fail", "sudo apt install qemu-system-x86" },
	{ "no QEMU on Fedora", "file /etc/os-release 'ID=fedora\\n'\n", NULL, "qemu=none",
	  "qemu=fail", "sudo dnf install qemu-system-x86-core" },
	{ "no QEMU on Arch", "file /etc/os-release 'ID=manjaro\\nID_LIKE=arch\\n'\n", NULL,
	  "qemu=none", "qemu=fail", "sudo pacman -S qemu-system-x86" },
	{ "no QEMU on openSUSE",
	  "file /etc/os-release 'ID=\"opensuse-leap\"\\nID_LIKE=\"suse "
	  "opensuse\"\\n'\n",
	  NULL, "qemu=none", "qemu=fail", "sudo zypper install qemu-x86" },
	{ "no QEMU on an image",
	  "file /etc/os-release 'ID=fedora\\n'\nfile /run/ostree-booted ''\n", NULL, "qemu=none",
	  "qemu=fail", "rpm-ostree install qemu-system-x86-core" },
	{ "a QEMU that says nothing", "", NULL, "qemu=late", "qemu=unknown", "timed out" },
	{ "QEMU without SPICE", "", NULL, "without=spice", "qemu=fail", "modules-spice" },
	{ "QEMU without VFIO", "", GPU, "without=vfio-pci", "qemu=fail", "no vfio-pci" },
	{ "QEMU without VFIO that nobody wants", "", "os: linux\n", "without=vfio-pci", "qemu=ok",
	  NULL },
	{ "venus is too new", "", "gpus: venus\n", "qemu=7.2", "qemu=fail", "venus needs QEMU 10" },
	{ "venus", "", "gpus: venus\n", "qemu=10.0", "qemu=ok access=ok", NULL },
	{ "nobody may draw", "mode /dev/dri/renderD128 0000\n", "gpus: virgl\n", NULL,
	  "access=fail", "usermod -aG render" },
	{ "nothing to draw with", "gone /dev/dri\n", "gpus: virgl\n", NULL, "access=fail",
	  "install the driver" },
	{ "no TPM", "", "os: windows11\n", "without=swtpm", "windows=fail",
	  "sudo apt install swtpm" },
	{ "no TPM, for nobody", "", NULL, "without=swtpm", "windows=warn", NULL },
	{ "no Secure Boot", "gone /usr/share/qemu/firmware/40.json\n", "os: windows11\n", NULL,
	  "windows=fail", "sudo apt install ovmf" },
	{ "a firmware that is not there", "gone /usr/share/OVMF/vars.fd\n", "os: windows11\n", NULL,
	  "windows=fail", "cannot be read" },
	{ "a firmware without keys",
	  "file /usr/share/qemu/firmware/40.json '{\"interface-types\":[\"uefi\"],\"mapping\":"
	  "{\"device\":\"flash\",\"executable\":{\"filename\":\"/usr/share/OVMF/code.fd\"},"
	  "\"nvram-template\":{\"filename\":\"/usr/share/OVMF/vars.fd\"}},\"targets\":"
	  "[{\"architecture\":\"x86_64\",\"machines\":[\"pc-q35-*\"]}],"
	  "\"features\":[\"secure-boot\"]}'\n",
	  "os: windows11\ndisks: { file: a, size: 80G }\n", NULL, "windows=warn", "no keys" },
	{ "too small for Windows 11", "",
	  "os: windows11\nmemory: 2G\ncpu: { cores: 1 }\ndisks: { file: a, size: 20G }\n", NULL,
	  "windows=fail", "less than 64 GB of disk" },

	{ "a TPM that says nothing", "", "os: windows11\ndisks: { file: a, size: 64G }\n",
	  "swtpm=late", "windows=warn", "swtpm socket --tpm2 --print-capabilities" },
	{ "a TPM of another kind", "", "os: windows11\n", "swtpm=1.2", "windows=fail",
	  "was built without TPM 2.0" },
	{ "an old TPM", "", NULL, "swtpm=old", "windows=ok", "swtpm before 0.7" },
	{ "a TPM that libvirt cannot set up", "", NULL, "without=setup", "windows=ok",
	  "swtpm 0.7.1, with TPM 2.0 - swtpm_setup is not there" },
	{ "a TPM for Linux", "", "os: linux\nmachine: { tpm: yes }\n", "without=swtpm",
	  "windows=fail", "sudo apt install swtpm" },
	{ "a firmware of two parts", FIRMWARE("3653632", "540672"), NULL, NULL, "windows=ok",
	  NULL },
	{ "a firmware of two others' parts", FIRMWARE("3653632", "131072"), NULL, NULL,
	  "windows=warn", "are no pair" },
	{ "settings of another firmware",
	  FIRMWARE("3653632", "540672") "many " SETTINGS " 131072\n",
	  "os: windows11\ndisks: { file: a, size: 64G }\n", NULL, "windows=fail",
	  "mv " SETTINGS " " SETTINGS ".old" },
	{ "settings of this firmware", FIRMWARE("3653632", "540672") "many " SETTINGS " 540672\n",
	  "os: windows11\ndisks: { file: a, size: 64G }\n", NULL, "windows=ok", "settings fit" },
	{ "settings of root's",
	  FIRMWARE("3653632", "540672") "many " SETTINGS " 540672\nmode " SETTINGS " 0000\n",
	  "os: windows11\ndisks: { file: a, size: 64G }\n", NULL, "windows=fail",
	  "sudo chown someone " SETTINGS },
	{ "no SMM",
	  "file /sys/module/kvm_intel/parameters/unrestricted_guest 'N\\n'\n"
	  "file /sys/module/kvm_intel/parameters/emulate_invalid_guest_state 'N\\n'\n",
	  "os: windows11\n", NULL, "windows=fail", "unrestricted_guest=0" },
	{ "SMM, slowly",
	  "file /sys/module/kvm_intel/parameters/unrestricted_guest 'N\\n'\n"
	  "file /sys/module/kvm_intel/parameters/emulate_invalid_guest_state 'Y\\n'\n",
	  NULL, NULL, "windows=ok", NULL },

	/* ---- libvirt ---- */
	{ "libvirt has none", "folder /etc/libvirt/qemu\n", GPU, NULL, "libvirt=ok", NULL },
	{ "libvirt's is defined",
	  "file /etc/libvirt/qemu/w.xml \"<domain><devices><hostdev><source><address domain='0x0000' "
	  "bus='0x01' slot='0x00' function='0x0'/></source></hostdev></devices></domain>\"\n",
	  GPU, NULL, "libvirt=ok", NULL },
	{ "libvirt's starts with the computer",
	  "file /etc/libvirt/qemu/autostart/w.xml \"<domain><devices><hostdev><source><address "
	  "domain='0' bus='1' slot='0' function='0'/></source></hostdev></devices></domain>\"\n",
	  GPU, NULL, "libvirt=warn", "virsh autostart --disable w" },
	{ "libvirt's runs",
	  "folder /etc/libvirt/qemu\n"
	  "file /run/libvirt/qemu/w.xml \"<domstatus><domain><devices><hostdev><source><address "
	  "domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></hostdev></devices>"
	  "</domain></domstatus>\"\n",
	  GPU, NULL, "libvirt=fail", "virsh shutdown w" },
	{ "libvirt's has the memory",
	  "folder /etc/libvirt/qemu\n"
	  "file /run/libvirt/qemu/w.xml \"<domain><devices><shmem name='oriel-win11'/></devices>"
	  "</domain>\"\n",
	  GPU, NULL, "libvirt=fail", "its shared memory" },
	{ "libvirt's has the mediated device",
	  KINDS("1") "file /run/libvirt/qemu/w.xml " DOMAIN(OUR_UUID) "folder /etc/libvirt/qemu\n",
	  MDEV, NULL, "libvirt=fail", "libvirt's w has its mediated device and runs now" },
	{ "libvirt's has another mediated device",
	  KINDS("1") "file /run/libvirt/qemu/w.xml " DOMAIN(
		  UUID) "folder /etc/libvirt/qemu\n" ACTIVE,
	  MDEV, NULL, "libvirt=ok", NULL },
	{ "libvirt's has the last mediated device",
	  KINDS("0") "file /run/libvirt/qemu/w.xml " DOMAIN(
		  UUID) "folder /etc/libvirt/qemu\n" ACTIVE,
	  MDEV, NULL, "libvirt=fail vgpu=fail", "which has no other left and runs now" },
	{ "libvirt's has the last mediated device of another GPU",
	  KINDS("0") "file /run/libvirt/qemu/w.xml " DOMAIN(
		  UUID) "folder /etc/libvirt/qemu\n"
			"link /sys/bus/mdev/devices/" UUID " ../../../devices/0000:09:00.0/" UUID
			"\n",
	  MDEV, NULL, "libvirt=ok", NULL },
	{ "libvirt's will have the last mediated device",
	  KINDS("0") "file /etc/libvirt/qemu/autostart/w.xml " DOMAIN(UUID)
		  MDEVCTL(UUID, "i915-GVTg_V5_4", "manual"),
	  MDEV, NULL, "libvirt=warn", "virsh autostart --disable w" },
	{ "libvirt's has a mediated device of nonsense",
	  KINDS("0") "file /run/libvirt/qemu/w.xml " DOMAIN("../../x") "folder /etc/libvirt/qemu\n",
	  MDEV, NULL, "libvirt=ok", NULL },
	{ "mdevctl takes the last one", KINDS("0") MDEVCTL(UUID, "i915-GVTg_V5_4", "auto"), MDEV,
	  NULL, "libvirt=fail", "> sudo mdevctl modify -u " UUID " --manual > sudo mdevctl stop" },
	{ "mdevctl will take one", KINDS("1") MDEVCTL(UUID, "i915-GVTg_V5_8", "auto"), MDEV, NULL,
	  "libvirt=warn", "may find none left" },
	{ "mdevctl has taken one", KINDS("1") ACTIVE MDEVCTL(UUID, "i915-GVTg_V5_4", "auto"), MDEV,
	  NULL, "libvirt=ok", "mdevctl makes a i915-GVTg_V5_4" },
	{ "mdevctl takes one when asked", KINDS("0") MDEVCTL(UUID, "i915-GVTg_V5_4", "manual"),
	  MDEV, NULL, "libvirt=not-needed", NULL },
	{ "mdevctl makes ours", KINDS("0") MDEVCTL(OUR_UUID, "i915-GVTg_V5_4", "auto"), MDEV, NULL,
	  "libvirt=ok", "knows the machine's device" },
	{ "mdevctl makes ours of another kind",
	  KINDS("1") MDEVCTL(OUR_UUID, "i915-GVTg_V5_8", "auto"), MDEV, NULL, "libvirt=fail",
	  "sudo mdevctl undefine -u" },
	{ "mdevctl makes one for nobody",
	  "gone /sys/bus/pci/devices/0000:01:00.0\n" KINDS("1")
		  MDEVCTL(UUID, "i915-GVTg_V5_4", "auto"),
	  NULL, NULL, "libvirt=ok", NULL },
	{ "mdevctl's file is secret",
	  KINDS("1") MDEVCTL(UUID, "i915-GVTg_V5_4",
			     "auto") "mode /etc/mdevctl.d/0000:00:02.0/" UUID " 0000\n",
	  MDEV, NULL, "libvirt=unknown", NULL },
	{ "mdevctl's file is nonsense",
	  KINDS("1") "file /etc/mdevctl.d/0000:00:02.0/" UUID " '{\"mdev_type\":7,\"start\":[]'\n"
		     "file /etc/mdevctl.d/0000:00:02.0/notes 'x'\nfile /etc/mdevctl.d/scripts.d/x 'x'\n",
	  MDEV, NULL, "libvirt=not-needed", NULL },
	{ "libvirt's shows our address to its guest",
	  "folder /etc/libvirt/qemu\n"
	  "file /run/libvirt/qemu/w.xml \"<domain><devices><hostdev><source/><address bus='0x01' "
	  "slot='0x00' function='0x0'/></hostdev><controller><source><address bus='0x01' slot='0x00' "
	  "function='0x0'/></source></controller></devices></domain>\"\n",
	  GPU, NULL, "libvirt=ok", NULL },
	{ "libvirt's are secret",
	  "file /etc/libvirt/qemu/w.xml '<domain/>'\nmode /etc/libvirt/qemu/w.xml 0000\n", GPU,
	  NULL, "libvirt=unknown", "sudo virsh list" },
	{ "libvirt's folder is secret", "folder /etc/libvirt/qemu\nmode /etc/libvirt/qemu 0000\n",
	  GPU, NULL, "libvirt=unknown", NULL },
	{ "libvirt writes nonsense",
	  "file /etc/libvirt/qemu/w.xml '<domain><hostdev><source><address bus=\\377'\n", GPU, NULL,
	  "libvirt=ok", NULL },
	{ "AppArmor without a rule", "folder /etc/libvirt/qemu\n", NULL, NULL, "security=warn",
	  "/dev/shm/oriel-* rw," },
	{ "AppArmor with a rule",
	  "folder /etc/libvirt/qemu\nfile /etc/apparmor.d/local/abstractions/libvirt-qemu "
	  "'  /dev/shm/oriel-* rw,\\n'\n",
	  NULL, NULL, "security=ok", NULL },
	{ "AppArmor's rules are secret",
	  "folder /etc/libvirt/qemu\nfile /etc/apparmor.d/local/abstractions/libvirt-qemu ''\n"
	  "mode /etc/apparmor.d/local/abstractions/libvirt-qemu 0000\n",
	  NULL, NULL, "security=unknown", NULL },
	{ "SELinux enforces",
	  "folder /etc/libvirt/qemu\nfile /sys/kernel/security/lsm 'lockdown,selinux'\n"
	  "file /sys/fs/selinux/enforce 1\n",
	  KVMFR, NULL, "security=warn", "semanage fcontext" },
	{ "SELinux warns",
	  "folder /etc/libvirt/qemu\nfile /sys/kernel/security/lsm 'selinux'\n"
	  "file /sys/fs/selinux/enforce 0\n",
	  NULL, NULL, "security=ok", NULL },
	{ "security is a secret", "folder /etc/libvirt/qemu\nmode /sys/kernel/security/lsm 0000\n",
	  NULL, NULL, "security=unknown", NULL },
	{ "an old libvirt",
	  "link /usr/lib64/libvirt.so.0 libvirt.so.0.5009.0\nfile /sys/kernel/security/lsm 'yama'\n",
	  NULL, NULL, "security=warn", "take libvirt 5.10" },

	/* ---- the machine's file ---- */
	{ "a second card", "", "display: { video: qxl }\n" GPU, NULL, "configuration=warn",
	  "display.video: none" },
	{ "a tablet", "", "input: { tablet: yes }\n", NULL, "configuration=ok", "games want" },
	{ "many sockets", "", "os: windows10\ncpu: { sockets: 4, cores: 1 }\n", NULL,
	  "configuration=warn", NULL },
	{ "a second memory", "", "qemu: [-device, 'ivshmem-plain,memdev=x']\n", NULL,
	  "configuration=warn", "second shared memory" },
	{ "memory for itself", "", "qemu: [-object, 'memory-backend-file,id=x,share=off']\n", NULL,
	  "configuration=fail", "stays black" },
	{ "a hidden hypervisor", "", "os: windows10\ncpu: { flags: -hypervisor }\n", NULL,
	  "configuration=warn", "cpu.hide-kvm" },
	{ "an old board", "", "os: windows11\nmachine: { chipset: i440fx, firmware: bios }\n", NULL,
	  "configuration=fail windows=fail", "q35" },

	/* ---- input ---- */
	{ "a keyboard of its own", "file /dev/input/by-id/kbd ''\n",
	  "input: { evdev: /dev/input/by-id/kbd }\n", NULL, "input=ok", NULL },
	{ "a keyboard by number", "file /dev/input/event3 ''\n",
	  "input: { evdev: /dev/input/event3 }\n", NULL, "input=warn", "by-id" },
	{ "a keyboard of others", "file /dev/input/by-id/kbd ''\nmode /dev/input/by-id/kbd 0000\n",
	  "input: { evdev: /dev/input/by-id/kbd }\n", NULL, "input=fail", "usermod -aG input" },
	{ "a keyboard that is free", KEYBOARD, EVDEV, "grab=free", "input=ok",
	  "/dev/input/by-id/kbd is there and free" },
	{ "a keyboard that somebody has", KEYBOARD, EVDEV, "grab=busy", "input=fail",
	  "sudo fuser -v" },
	{ "a keyboard that somebody has who shows it",
	  KEYBOARD "file /proc/77/comm 'qemu-system-x86\\n'\nlink /proc/77/fd/5 /dev/input/event3\n"
		   "file /proc/78/comm 'Xorg\\n'\nlink /proc/78/fd/5 /dev/input/event33\n",
	  EVDEV, "grab=busy", "input=fail", "it is open in: qemu-system-x86 (77) QEMU runs" },
	{ "a keyboard that is none", KEYBOARD, EVDEV, "grab=no", "input=fail",
	  "is no input device" },
	{ "a keyboard that may not be taken", KEYBOARD, EVDEV, "grab=denied", "input=fail",
	  "cannot be taken: Operation not permitted" },
	{ "a keyboard of others that tells what it is",
	  KEYBOARD "mode /dev/input/event3 0000\n"
		   "file /sys/class/input/event3/device/id/vendor '046d\\n'\n"
		   "file /sys/class/input/event3/device/id/product 'c31c\\n'\n",
	  EVDEV, NULL, "input=fail",
	  "put into /etc/udev/rules.d/70-oriel-input.rules: SUBSYSTEM==\"input\", KERNEL==\"event*\", "
	  "ATTRS{id/vendor}==\"046d\", ATTRS{id/product}==\"c31c\", TAG+=\"uaccess\"" },
	{ "a keyboard of others that tells nonsense",
	  KEYBOARD "mode /dev/input/event3 0000\n"
		   "file /sys/class/input/event3/device/id/vendor '\\377\\n'\n"
		   "file /sys/class/input/event3/device/id/product '\"\\n'\n",
	  EVDEV, NULL, "input=fail", "sudo usermod -aG input someone" },
	{ "no keyboard", "", "input: { evdev: /dev/input/by-id/kbd }\n", NULL, "input=fail",
	  "plug it in" },
	{ "a USB device",
	  "file /sys/bus/usb/devices/1-2/idVendor '046d\\n'\n"
	  "file /sys/bus/usb/devices/1-2/idProduct 'c52b\\n'\n"
	  "file /sys/bus/usb/devices/1-2/busnum '1\\n'\n"
	  "file /sys/bus/usb/devices/1-2/devnum '4\\n'\n"
	  "file /dev/bus/usb/001/004 ''\n",
	  "usb: 046d:c52b\n", NULL, "input=ok", NULL },
	{ "a USB device of others",
	  "file /sys/bus/usb/devices/1-2/idVendor '046d\\n'\n"
	  "file /sys/bus/usb/devices/1-2/idProduct 'c52b\\n'\n"
	  "file /sys/bus/usb/devices/1-2/busnum '1\\n'\n"
	  "file /sys/bus/usb/devices/1-2/devnum '4\\n'\n"
	  "file /dev/bus/usb/001/004 ''\nmode /dev/bus/usb/001/004 0\n",
	  "usb: 046d:c52b\n", NULL, "input=fail", "70-oriel-usb.rules" },
	{ "no USB device", "", "usb: 046d:c52b\n", NULL, "input=warn", "not plugged in" },

	/* ---- shared memory ---- */
	{ "memory is made at a start", "", PLAIN, NULL, "shared-memory=ok", NULL },
	{ "memory of the right size", "many /dev/shm/oriel-win11 33554432\n", PLAIN, NULL,
	  "shared-memory=ok versions=ok", NULL },
	{ "memory of another size", "many /dev/shm/oriel-win11 8388608\n", PLAIN, NULL,
	  "shared-memory=fail", "rm /dev/shm/oriel-win11" },
	{ "memory of an odd size", "many /dev/shm/looking-glass 12345\n", NULL, NULL,
	  "shared-memory=warn", "no power of two" },
	{ "memory of others",
	  "many /dev/shm/oriel-win11 33554432\nmode /dev/shm/oriel-win11 0000\n", PLAIN, NULL,
	  "shared-memory=fail", "sudo chown someone" },
	{ "memory of libvirt's",
	  "folder /etc/libvirt/qemu\nmany /dev/shm/looking-glass 33554432\n"
	  "mode /dev/shm/looking-glass 0000\n",
	  NULL, NULL, "shared-memory=warn",
	  "tmpfiles.d/10-oriel-memory.conf: f /dev/shm/looking-glass 0660 someone kvm -" },
	{ "memory is a folder", "folder /dev/shm/oriel-win11\n", PLAIN, NULL, "shared-memory=fail",
	  "is no file" },
	{ "memory that is too small", "", "display: { size: 16M, resolution: 3840x2160 }\n", NULL,
	  "shared-memory=warn", "too little for 3840x2160" },
	{ "no kvmfr", "", KVMFR, NULL, "shared-memory=fail", "install the module kvmfr" },
	{ "kvmfr", "link /dev/kvmfr0 /dev/null\n", KVMFR, NULL, "shared-memory=ok lockdown=ok",
	  NULL },
	{ "a small kvmfr",
	  "link /dev/kvmfr0 /dev/null\n"
	  "file /sys/module/kvmfr/parameters/static_size_mb '16,0,0\\n'\n",
	  KVMFR, NULL, "shared-memory=fail", "static_size_mb=64" },
	{ "kvmfr is a file", "file /dev/kvmfr0 ''\n", KVMFR, NULL, "shared-memory=fail",
	  "sudo rm /dev/kvmfr0" },
	{ "no shared memory at all", "", "display: spice\n", NULL,
	  "shared-memory=not-needed security=not-needed versions=not-needed", NULL },
	{ "a guest of our version",
	  "file /dev/shm/looking-glass 'xxKVMFR---\\024\\001\\001\\001'\n", NULL, NULL,
	  "versions=warn", "speaks KVMFR 16843028" },
	{ "a guest of our version",
	  "bytes /dev/shm/looking-glass 000000004b564d46522d2d2d14000000\n", NULL, NULL,
	  "versions=ok", "speaks KVMFR 20, as Oriel" },
	{ "a guest of no version", "file /dev/shm/looking-glass 'xxKVMFR---\\024'\n", NULL, NULL,
	  "versions=ok", NULL },
	{ "a guest of another version, of a machine",
	  "file /dev/shm/oriel-win11 'KVMFR---\\017\\001\\001\\001'\n", PLAIN, NULL,
	  "versions=fail", "Looking Glass host B7" },
	{ "lockdown without kvmfr",
	  "file /sys/kernel/security/lockdown 'none [integrity] confidentiality'\n", GPU, NULL,
	  "lockdown=ok", NULL },
	{ "lockdown with kvmfr",
	  "file /sys/kernel/security/lockdown 'none [integrity] confidentiality'\n", KVMFR, NULL,
	  "lockdown=warn", "mokutil --import" },
	{ "lockdown is a secret", "mode /sys/kernel/security/lockdown 0000\n", NULL, NULL,
	  "lockdown=unknown", NULL },

	/* ---- iommu ---- */
	{ "an IOMMU that the kernel leaves alone",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline 'quiet\\n'\n", GPU, NULL,
	  "iommu=fail interrupts=not-needed", "sudo update-grub" },
	{ "an IOMMU that is switched off",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline 'quiet intel_iommu=off\\n'\n", GPU,
	  NULL, "iommu=fail", "take intel_iommu=off from" },
	{ "AMD's is switched off",
	  "gone /sys/kernel/iommu_groups\ngone /sys/firmware/acpi/tables/DMAR\n"
	  "file /sys/firmware/acpi/tables/IVRS ''\nfile /proc/cmdline 'amd_iommu=off\\n'\n",
	  GPU, NULL, "iommu=fail", "take amd_iommu=off from" },
	{ "AMD's that the kernel dislikes",
	  "gone /sys/kernel/iommu_groups\ngone /sys/firmware/acpi/tables/DMAR\n"
	  "file /sys/firmware/acpi/tables/IVRS ''\n",
	  GPU, NULL, "iommu=fail", "sudo dmesg" },
	{ "the firmware has none",
	  "gone /sys/kernel/iommu_groups\ngone /sys/firmware/acpi/tables/DMAR\n", GPU, NULL,
	  "iommu=fail", "VT-d" },
	{ "no IOMMU in a machine",
	  "gone /sys/kernel/iommu_groups\ngone /sys/firmware/acpi/tables/DMAR\n"
	  "file /proc/cpuinfo 'flags : hypervisor\\n'\n",
	  GPU, NULL, "iommu=fail", "-device intel-iommu" },
	{ "the firmware's tables are secret",
	  "gone /sys/kernel/iommu_groups\nmode /sys/firmware/acpi/tables 0000\n", GPU, NULL,
	  "iommu=unknown", NULL },
	{ "systemd-boot",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline ''\ngone /etc/default/grub\n"
	  "file /boot/loader/loader.conf ''\n",
	  GPU, NULL, "iommu=fail", "loader/entries" },
	{ "systemd-boot by kernel-install",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline ''\ngone /etc/default/grub\n"
	  "file /etc/kernel/cmdline ''\n",
	  GPU, NULL, "iommu=fail", "line in /etc/kernel/cmdline" },
	{ "kernelstub",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline ''\n"
	  "file /etc/kernelstub/configuration ''\n",
	  GPU, NULL, "iommu=fail", "kernelstub --add-options intel_iommu=on" },
	{ "grubby",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline ''\nfile /usr/sbin/grubby ''\n", GPU,
	  NULL, "iommu=fail", "grubby --update-kernel=ALL --args=intel_iommu=on" },
	{ "rpm-ostree",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline ''\nfile /run/ostree-booted ''\n", GPU,
	  NULL, "iommu=fail", "rpm-ostree kargs --append=intel_iommu=on" },
	{ "Proxmox",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline ''\n"
	  "file /etc/kernel/proxmox-boot-uuids ''\n",
	  GPU, NULL, "iommu=fail", "proxmox-boot-tool refresh" },
	{ "a boot loader that nobody knows",
	  "gone /sys/kernel/iommu_groups\nfile /proc/cmdline ''\ngone /etc/default/grub\n", GPU,
	  NULL, "iommu=fail", "your boot loader's settings" },
	{ "interrupts are not remapped", "file /proc/interrupts ' 24: 0 PCI-MSI 1 DMAR-MSI\\n'\n",
	  GPU, NULL, "interrupts=fail", "x2APIC" },
	{ "remapping is switched off",
	  "file /proc/interrupts ' 24: 0 PCI-MSI\\n'\nfile /proc/cmdline 'intremap=off'\n", GPU,
	  NULL, "interrupts=fail", "take intremap=off" },
	{ "unsafe interrupts",
	  "file /proc/interrupts ' 24: 0 PCI-MSI\\n'\n"
	  "file /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts 'Y\\n'\n",
	  GPU, NULL, "interrupts=warn", NULL },
	{ "interrupts are a secret", "mode /proc/interrupts 0000\n", GPU, NULL,
	  "interrupts=unknown", NULL },
	{ "a shared group",
	  "gone /sys/bus/pci/devices/0000:03:00.0/iommu_group\n"
	  "link /sys/bus/pci/devices/0000:03:00.0/iommu_group ../../../../kernel/iommu_groups/14\n",
	  GPU, NULL, "group=fail", "pcie_acs_override" },
	{ "a GPU without a group", "gone /sys/bus/pci/devices/0000:01:00.0/iommu_group\n", GPU,
	  NULL, "group=fail", "leaves this device out" },
	{ "a GPU without a group that nobody takes",
	  "gone /sys/bus/pci/devices/0000:01:00.0/iommu_group\n", GPU, "without=helper",
	  "viable=fail", "- 01:00.0 is on nouveau - group 14 is not viable: 01:00.1" },
	{ "Intel's GPU without a group", "gone /sys/bus/pci/devices/0000:00:02.0/iommu_group\n",
	  "gpus: { mode: passthrough, device: '0000:00:02.0' }\n", NULL, "group=fail",
	  "intel_iommu=on" },
	{ "a GPU that is not there", "", "gpus: { mode: passthrough, device: '0000:09:00.0' }\n",
	  NULL, "group=fail", "oriel gpu lists" },

	/* ---- vfio ---- */
	{ "the helper loads VFIO",
	  "gone /sys/bus/pci/drivers/vfio-pci\n"
	  "file /lib/modules/6.1.0-56-amd64/modules.dep 'kernel/drivers/vfio/pci/vfio-pci.ko: x\\n'\n",
	  GPU, NULL, "vfio=ok", NULL },
	{ "nobody loads VFIO",
	  "gone /sys/bus/pci/drivers/vfio-pci\n"
	  "file /lib/modules/6.1.0-56-amd64/modules.dep 'kernel/drivers/vfio/pci/vfio-pci.ko.xz:\\n'\n",
	  GPU, "without=helper", "vfio=fail", "sudo modprobe vfio-pci" },
	{ "a kernel without VFIO",
	  "gone /sys/bus/pci/drivers/vfio-pci\nfile /lib/modules/6.1.0-56-amd64/modules.dep ''\n"
	  "file /boot/config-6.1.0-56-amd64 'CONFIG_PCI=y\\n'\n",
	  GPU, NULL, "vfio=fail", "cloud kernels" },
	{ "a kernel without VFIO on Fedora",
	  "gone /sys/bus/pci/drivers/vfio-pci\nfile /lib/modules/6.1.0-56-amd64/modules.dep ''\n"
	  "file /lib/modules/6.1.0-56-amd64/config 'CONFIG_PCI=y\\n'\n",
	  GPU, NULL, "vfio=fail", "/lib/modules/6.1.0-56-amd64/config has no CONFIG_VFIO_PCI" },
	{ "a kernel that was updated",
	  "gone /sys/bus/pci/drivers/vfio-pci\nfile /lib/modules/6.1.0-56-amd64/modules.dep ''\n",
	  GPU, NULL, "vfio=fail", "after an update" },
	{ "a kernel of a strange name",
	  "gone /sys/bus/pci/drivers/vfio-pci\n"
	  "file /proc/sys/kernel/osrelease '../../../etc\\n'\n",
	  GPU, NULL, "vfio=unknown", NULL },
	{ "ids= that came too late",
	  "file /etc/modprobe.d/v.conf 'options vfio-pci ids=10de:2684,10de:22ba\\n'\n", GPU, NULL,
	  "early-driver=warn", "softdep nouveau pre: vfio-pci" },
	{ "ids= and an old initramfs",
	  "file /etc/modprobe.d/v.conf 'options vfio_pci \\\\\\n ids=10de:2684\\n"
	  "softdep nouveau pre: vfio-pci\\n'\n",
	  GPU, NULL, "early-driver=warn", "update-initramfs -u -k all" },
	{ "ids= that came in time",
	  "file /proc/cmdline 'vfio-pci.ids=10de:2684'\n"
	  "gone /sys/bus/pci/devices/0000:01:00.0/driver\n"
	  "link /sys/bus/pci/devices/0000:01:00.0/driver ../../drivers/vfio-pci\n",
	  GPU, NULL, "early-driver=ok viable=ok", NULL },
	{ "ids= of twins",
	  "file /proc/cmdline 'vfio-pci.ids=10de:2684'\n"
	  "pci 0000:04:00.0 class=0x030000 id=10de:2684 driver=vfio-pci group=20\n",
	  "gpus: { mode: passthrough, device: '0000:04:00.0' }\n", NULL, "early-driver=warn",
	  "both cards" },
	{ "a driver that nobody takes away", "", GPU, "without=pkexec", "viable=fail",
	  "group 14 is not viable" },
	{ "a driver that nobody may take away", "", GPU, "without=helper", "viable=fail",
	  "install oriel-helper" },
	{ "a shared GPU on vfio-pci",
	  "gone /sys/bus/pci/devices/0000:00:02.0/driver\n"
	  "link /sys/bus/pci/devices/0000:00:02.0/driver ../../drivers/vfio-pci\n"
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs '7\\n'\n",
	  SRIOV, NULL, "viable=fail", "give it back to its own driver" },
	{ "a group of others", "mode /dev/vfio/14 0000\n", GPU, "without=helper", "access=fail",
	  "70-oriel-vfio.rules" },
	{ "a group that is not there yet", "gone /dev/vfio/14\n", GPU, "without=helper",
	  "access=unknown", NULL },
	{ "a GPU that is not allowed", "gone /etc/oriel/devices\n", GPU, NULL, "access=fail",
	  "sudo oriel gpu allow 0000:01:00.0" },
	{ "a GPU that was another", "file /etc/oriel/devices '0000:01:00.0 10de:1111\\n'\n", GPU,
	  NULL, "access=fail", NULL },

	/* ---- the whole GPU ---- */
	{ "the firmware's picture on 6.1",
	  "file /proc/iomem 'c0000000-dfffffff : PCI Bus 0000:01\\n  c0000000-cfffffff : "
	  "0000:01:00.0\\n    c0000000-c02fffff : efifb\\n'\n",
	  GPU, NULL, "framebuffer=ok", NULL },
	{ "the firmware's picture on 5.10",
	  "file /proc/sys/kernel/osrelease '5.10.0\\n'\n"
	  "file /proc/iomem 'c0000000-cfffffff : 0000:01:00.0\\n  c0000000-c02fffff : efifb\\n'\n",
	  GPU, NULL, "framebuffer=warn", "video=efifb:off" },
	{ "the firmware's picture on a card that is no VGA",
	  "file /sys/bus/pci/devices/0000:01:00.0/class '0x038000\\n'\n"
	  "file /proc/iomem 'c0000000-cfffffff : 0000:01:00.0\\n  c0000000-c02fffff : BOOTFB\\n'\n",
	  GPU, NULL, "framebuffer=warn", "initcall_blacklist=sysfb_init" },
	{ "the firmware's picture on the other card",
	  "file /proc/iomem 'c0000000-cfffffff : 0000:00:02.0\\n  c0000000-c02fffff : BOOTFB\\n'\n",
	  GPU, NULL, "framebuffer=ok", NULL },
	{ "memory is a secret", "mode /proc/iomem 0000\n", GPU, NULL, "framebuffer=unknown", NULL },
	{ "no reset", "file /sys/bus/pci/devices/0000:01:00.0/reset_method ''\n", GPU, NULL,
	  "reset=fail", "rtcwake" },
	{ "a reset that nobody tells", "gone /sys/bus/pci/devices/0000:01:00.0/reset_method\n", GPU,
	  NULL, "reset=unknown", NULL },
	{ "a reset of others too",
	  "file /sys/bus/pci/devices/0000:01:00.0/reset_method 'bus\\n'\n"
	  "pci 0000:01:01.0 class=0x020000 id=8086:1533 driver=igb group=16\n",
	  GPU, NULL, "reset=fail", "another slot" },
	{ "a reset of its bus alone",
	  "file /sys/bus/pci/devices/0000:01:00.0/reset_method 'bus\\n'\n", GPU, NULL, "reset=ok",
	  NULL },
	{ "a reset by sleep", "file /sys/bus/pci/devices/0000:01:00.0/reset_method 'pm\\n'\n", GPU,
	  NULL, "reset=warn", NULL },
	{ "AMD's Navi",
	  "file /sys/bus/pci/devices/0000:01:00.0/vendor '0x1002\\n'\n"
	  "file /sys/bus/pci/devices/0000:01:00.0/device '0x731f\\n'\n",
	  GPU, NULL, "reset=warn power=ok", "vendor-reset" },
	{ "AMD's Navi with vendor-reset",
	  "file /sys/bus/pci/devices/0000:01:00.0/vendor '0x1002\\n'\n"
	  "file /sys/bus/pci/devices/0000:01:00.0/device '0x731f\\n'\n"
	  "file /sys/bus/pci/devices/0000:01:00.0/reset_method 'device_specific bus\\n'\n",
	  GPU, NULL, "reset=ok", NULL },
	{ "AMD's may sleep", "file /sys/bus/pci/devices/0000:01:00.0/vendor '0x1002\\n'\n",
	  "gpus: { mode: passthrough, device: other, sleep: yes }\n", NULL, "power=warn",
	  "disable_idle_d3=1" },
	{ "a laptop's card",
	  "gone /sys/bus/pci/devices/0000:01:00.0\n"
	  "link /sys/bus/pci/devices/0000:01:00.0 ../../../devices" DGPU "\n"
	  "file /sys/devices" DGPU "/class '0x030200\\n'\n"
	  "file /sys/devices" DGPU "/vendor '0x10de\\n'\nfile /sys/devices" DGPU
	  "/device '0x2684\\n'\n"
	  "file /sys/devices" DGPU "/d3cold_allowed '1\\n'\n"
	  "folder /sys/bus/pci/devices/0000:00:01.0/firmware_node/power_resources_D3hot\n",
	  GPU, NULL, "power=ok", "can lose its current" },
	{ "a card that is gone",
	  "file /sys/bus/pci/devices/0000:01:00.0/config '\\377\\377\\377\\377'\n", GPU, NULL,
	  "power=fail", "ten seconds" },
	{ "a card that sleeps is not woken",
	  "file /sys/bus/pci/devices/0000:01:00.0/config '\\377\\377\\377\\377'\n"
	  "file /sys/bus/pci/devices/0000:01:00.0/power_state 'D3cold\\n'\n",
	  GPU, NULL, "power=ok", NULL },
	{ "the first card of NVIDIA's", "file /sys/bus/pci/devices/0000:01:00.0/boot_vga '1\\n'\n",
	  "gpus: { mode: passthrough, device: '0000:01:00.0' }\n", NULL, "rom=warn", "oriel rom" },
	{ "a ROM",
	  "bytes /rom 55aa0100f10e00000b0064860000000000000000000000001c00000050434952de1084260000180003000003010000000380 512\n",
	  ROM, NULL, "rom=ok", "has a UEFI image" },
	{ "a ROM of another card",
	  "bytes /rom 55aa0100f10e00000b0064860000000000000000000000001c00000050434952de1011110000180003000003010000000380 512\n",
	  ROM, NULL, "rom=fail", "is not for 10de:2684" },
	{ "a ROM without UEFI",
	  "bytes /rom 55aa010000000000000000000000000000000000000000001c00000050434952de1084260000180003000003010000000080 512\n",
	  ROM, NULL, "rom=warn", "has no UEFI image" },
	{ "a ROM of nonsense", "file /rom 'PK'\n", ROM, NULL, "rom=fail", NULL },
	{ "a ROM that is not there", "", ROM, NULL, "rom=fail", NULL },
	{ "no monitor", "", GPU, NULL, "monitor=warn", "dummy plug" },
	{ "a monitor",
	  "file /sys/bus/pci/devices/0000:01:00.0/drm/card1/card1-DP-1/status 'connected\\n'\n",
	  "gpus: { mode: passthrough, device: '0000:01:00.0' }\n", NULL, "monitor=ok", NULL },
	{ "outputs that nobody sees", "gone /sys/bus/pci/devices/0000:01:00.0/drm\n", GPU, NULL,
	  "monitor=unknown", NULL },

	/* ---- the only one ---- */
	{ "the only GPU", ALONE "file /proc/77/comm 'Xorg\\n'\nlink /proc/77/fd/5 /dev/dri/card1\n",
	  SINGLE, NULL, "single=ok", NULL },
	{ "no way back", ALONE "file /proc/net/tcp ''\n", SINGLE, NULL, "single=warn", "ssh" },
	{ "a desktop by hand", ALONE "gone /etc/systemd/system/display-manager.service\n", SINGLE,
	  NULL, "single=warn", "display manager" },
	{ "a display manager that does not run", ALONE "gone /sys/fs/cgroup/system.slice\n", SINGLE,
	  NULL, "single=warn", "gdm.service does not run" },
	{ "persistenced",
	  ALONE "folder /sys/fs/cgroup/system.slice/nvidia-persistenced.service\n"
		"file /var/lib/systemd/linger/someone ''\n",
	  SINGLE, NULL, "single=warn", "disable --now nvidia-persistenced" },

	/* ---- in parts ---- */
	{ "no virtual functions", "", SRIOV, NULL, "sriov=fail viable=ok", "i915-sriov-dkms" },
	{ "no virtual functions on 6.17", "file /proc/sys/kernel/osrelease '6.17.1\\n'\n", SRIOV,
	  NULL, "sriov=fail", "Battlemage" },
	{ "no virtual functions, and why",
	  "file /sys/module/i915/parameters/max_vfs '0\\n'\n"
	  "file /sys/module/i915/parameters/enable_guc '-1\\n'\n"
	  "file /sys/module/xe/parameters/max_vfs '7\\n'\n",
	  SRIOV, NULL, "sriov=fail", "- i915.max_vfs is 0 - i915.enable_guc is -1 The driver" },
	{ "virtual functions that the driver takes",
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs '7\\n'\n"
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_drivers_autoprobe '1\\n'\n",
	  SRIOV, "without=helper", "sriov=warn",
	  "echo 0 | sudo tee /sys/bus/pci/devices/0000:00:02.0/sriov_drivers_autoprobe" },
	{ "virtual functions that the helper keeps",
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs '7\\n'\n"
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_drivers_autoprobe '1\\n'\n",
	  SRIOV, NULL, "sriov=ok", NULL },
	{ "no virtual functions of AMD's",
	  "file /sys/bus/pci/devices/0000:00:02.0/vendor '0x1002\\n'\n", SRIOV, NULL, "sriov=fail",
	  "take passthrough" },
	{ "virtual functions that the helper makes",
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs '7\\n'\n"
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_numvfs '0\\n'\n",
	  SRIOV, NULL, "sriov=ok", NULL },
	{ "virtual functions that nobody makes",
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs '7\\n'\n", SRIOV, "without=helper",
	  "sriov=warn", NULL },
	{ "too few virtual functions",
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs '1\\n'\n", SRIOV, NULL,
	  "sriov=fail", "vfs: 1" },
	{ "a virtual function on a driver",
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs '7\\n'\n"
	  "file /sys/bus/pci/devices/0000:00:02.0/sriov_numvfs '2\\n'\n"
	  "pci 0000:00:02.1 class=0x030000 id=8086:4680 driver=i915 group=30 physfn=0000:00:02.0\n",
	  SRIOV, NULL, "sriov=warn", "driver_override" },
	{ "a mediated device", "pci 0000:00:02.0 class=0x030000\nmdev i915-GVTg_V5_4 free=2\n",
	  MDEV, NULL, "vgpu=ok gvt=ok", NULL },
	{ "no room for a mediated device",
	  "pci 0000:00:02.0 class=0x030000\nmdev i915-GVTg_V5_4 free=0\n", MDEV, NULL, "vgpu=fail",
	  "stop another machine" },
	{ "a mediated device of another kind",
	  "pci 0000:00:02.0 class=0x030000\nmdev i915-GVTg_V5_8 free=1\n", MDEV, NULL, "vgpu=fail",
	  "type: one of i915-GVTg_V5_8" },
	{ "too new for GVT-g", "", MDEV, NULL, "vgpu=fail gvt=fail", "mode: sriov" },
	{ "GVT-g is switched off",
	  "file /proc/cpuinfo 'cpu family : 6\\nmodel : 158\\nflags : vmx\\n'\n"
	  "file /sys/module/i915/parameters/enable_gvt 'N\\n'\n",
	  MDEV, NULL, "gvt=fail", "i915.enable_gvt=1" },
	{ "GVT-g without kvmgt",
	  "file /proc/cpuinfo 'cpu family : 6\\nmodel : 158\\nflags : vmx\\n'\n"
	  "file /sys/module/i915/parameters/enable_gvt 'Y\\n'\n",
	  MDEV, NULL, "gvt=fail", "load kvmgt at boot" },
	{ "vGPUs",
	  "pci 0000:01:00.4 class=0x030200 id=10de:2684 physfn=0000:01:00.0 group=31\n"
	  "vgpu 1414 'NVIDIA A16-1B'\n"
	  "folder /sys/fs/cgroup/system.slice/nvidia-vgpu-mgr.service\n",
	  VGPU, NULL, "vgpu=ok", NULL },
	{ "vGPUs without their manager",
	  "pci 0000:01:00.4 class=0x030200 id=10de:2684 physfn=0000:01:00.0 group=31\n"
	  "vgpu 1414 'NVIDIA A16-1B'\n",
	  VGPU, NULL, "vgpu=fail", "enable --now nvidia-vgpu-mgr" },
	{ "no vGPUs", "", VGPU, NULL, "vgpu=fail", "sriov-manage -e" },

	/* ---- computers that are broken ---- */
	{ "bytes of nonsense",
	  "file /proc/cpuinfo '\\001\\377\\376flags\\n:::\\n'\nfile /proc/cmdline '\"\\377=='\n"
	  "file /etc/os-release 'PRETTY_NAME=\"\\033[31mred\\007\"\\nID'\n"
	  "file /proc/iomem '   : \\n\\377'\nfile /proc/meminfo '\\377'\n"
	  "file /sys/devices/system/cpu/online '\\377'\n"
	  "file /etc/modprobe.d/x.conf 'options vfio-pci ids=,,:\\377\\\\'\n",
	  GPU, NULL, "cpus=unknown memory=unknown", "?[31mred?" },
	{ "texts without an end",
	  "many /proc/cpuinfo 3000000\nmany /proc/cmdline 2000000\nmany /proc/iomem 2000000\n"
	  "many /etc/os-release 2000000\nmany /proc/meminfo 2000000\n"
	  "many /sys/bus/pci/devices/0000:01:00.0/class 2000000\n",
	  NULL, NULL, "memory=unknown", NULL },
	{ "links in circles",
	  "gone /proc\nlink /proc/cpuinfo cpuinfo\nlink /proc/cmdline /proc/cmdline\n"
	  "gone /etc\nlink /etc/os-release os-release\ngone /dev\nlink /dev/shm /dev/shm\n"
	  "gone /sys/kernel/iommu_groups\nlink /sys/kernel/iommu_groups iommu_groups\n",
	  GPU, NULL, "iommu=fail memory=unknown", NULL },
	{ "links to nowhere",
	  "gone /sys/bus/pci/devices/0000:01:00.0\n"
	  "link /sys/bus/pci/devices/0000:01:00.0 ../../../devices/gone\n",
	  "gpus: { mode: passthrough, device: '0000:01:00.0' }\n", NULL, "group=fail", NULL },
	{ "a device that is half gone",
	  "gone /sys/bus/pci/devices/0000:01:00.0/class\ngone /sys/bus/pci/devices/0000:01:00.0/device\n"
	  "gone /sys/bus/pci/devices/0000:01:00.1/vendor\n",
	  GPU, NULL, "group=fail", NULL },
	{ "pipes where files should be",
	  "pipe /proc/cpuinfo\npipe /proc/meminfo\npipe /proc/iomem\npipe /etc/os-release\n"
	  "pipe /dev/shm/looking-glass\npipe /rom\npipe /sys/kernel/security/lockdown\n",
	  ROM, NULL, "memory=unknown framebuffer=unknown rom=fail lockdown=unknown", NULL },
	{ "folders where files should be",
	  "gone /proc\nfolder /proc/cpuinfo\nfolder /proc/meminfo\nfolder /proc/cmdline\n"
	  "folder /proc/interrupts\nfolder /proc/iomem\ngone /sys/kernel/security\n"
	  "folder /sys/kernel/security/lsm\nfolder /sys/kernel/security/lockdown\n",
	  GPU, NULL, "memory=unknown interrupts=unknown framebuffer=unknown lockdown=unknown",
	  NULL },
	{ "files where folders should be",
	  "gone /sys\nfile /sys 'x'\ngone /dev\nfile /dev 'x'\ngone /etc\nfile /etc 'x'\n", NULL,
	  NULL, "iommu=warn cpus=unknown", NULL },
	{ "nothing may be read",
	  "mode /proc 0000\nmode /sys 0000\nmode /etc 0000\nmode /dev 0000\nmode /usr 0000\n", NULL,
	  NULL, "memory=unknown cpus=unknown iommu=unknown", NULL },
	{ "nothing may be read, for a machine",
	  "mode /proc 0000\nmode /sys 0000\nmode /etc 0000\nmode /dev 0000\nmode /usr 0000\n",
	  "os: windows11\n" GPU KVMFR, NULL, "memory=unknown cpus=unknown iommu=unknown", NULL },
};

const size_t visit_count = ARRAY_LEN(visits);
