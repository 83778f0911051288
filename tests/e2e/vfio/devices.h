/* tests/e2e/vfio/devices.h - the computer that the guest is, for QEMU: an IOMMU; a network card of
 * two functions in one group; a card with virtual functions, which is a disk or, of QEMU 8 and
 * newer, another network card. */
#ifndef TESTS_E2E_VFIO_DEVICES_H
#define TESTS_E2E_VFIO_DEVICES_H

/* Before QEMU starts. */
#define DEVICES_DISK "truncate -s 16M \"$3/disk\" && "

/* `ports`: more of PCI Express. */
#define DEVICES_BUT_ONE(ports)                                                                     \
	"-device intel-iommu,intremap=on,caching-mode=on,aw-bits=48 "                              \
	"-device pcie-root-port,id=rp0,chassis=1,slot=1 "                                          \
	"-device pcie-root-port,id=rp1,chassis=1,slot=2 " ports                                    \
	"-device e1000e,bus=rp1,addr=0.0,multifunction=on -device e1000e,bus=rp1,addr=0.1 "

#define DEVICES(ports)                                                                             \
	DEVICES_BUT_ONE(ports)                                                                     \
	"-device nvme-subsys,id=ss0,nqn=nq0 "                                                      \
	"-drive if=none,id=nv,file=\"$3/disk\",format=raw "                                        \
	"-device nvme,id=nvme0,serial=oriel,subsys=ss0,bus=rp0,sriov_max_vfs=4,"                   \
	"sriov_vq_flexible=8,sriov_vi_flexible=4,max_ioqpairs=10,msix_qsize=10 "                   \
	"-device nvme-ns,drive=nv,nsid=1,shared=on "

#define DEVICES_NETWORK(ports) DEVICES_BUT_ONE(ports) "-device igb,bus=rp0 "

/* For the kernel. Its timer is not judged: an emulated one comes too late now and then, and a
 * kernel that remaps the timer's interrupt would end there. */
#define DEVICES_KERNEL                                                                             \
	"quiet console=ttyS0 intel_iommu=on iommu=pt tsc=reliable no_timer_check "                 \
	"mitigations=off panic=-1 "

#endif
