/* tests/unit/vm/sysroot.h - made-up computers: a few lines -> a tree in a temporary folder.
 *
 * A line each, # begins a comment, words as a shell has them:
 *
 *	pci 0000:01:00.0 class=0x030000 id=10de:2684 driver=nvidia group=14 boot_vga=1
 *		A PCI function. class and id are its identity (sub= of the board), driver and
 *		physfn are links, group puts it in an IOMMU group; any other NAME=VALUE is a file
 *		of that name. The next three lines belong to the function in front of them.
 *	output card1 DP-1 connected
 *	mdev i915-GVTg_V5_4 free=2 name="..." description="..." made=UUID
 *	vgpu 1414 "NVIDIA H200X-1-18C"
 *	file /proc/cmdline "quiet\n"
 *	link /sys/class/x ../../devices/x
 *	folder /sys/firmware/acpi/tables
 *	many /proc/cpuinfo 4194304
 *		A file of so many bytes.
 *	bytes /card.rom 55aa40 512
 *		One of these, in hexadecimal, and zeros up to a size.
 *	pipe /proc/cpuinfo
 *		That nobody writes into.
 *	mode /dev/vfio/14 0000
 *	gone /sys/bus/pci/devices/0000:01:00.1/class
 *		Takes away what lines before it made, with all that is in it.
 *
 * In values \n is a line's end; NAME=VALUE files have one at the end as sysfs has.
 */
#ifndef TESTS_UNIT_VM_SYSROOT_H
#define TESTS_UNIT_VM_SYSROOT_H

/* The folder; for sysroot_remove(). A line that makes no sense ends the process. */
char *sysroot_make(const char *description);

/* NULL is fine. */
void sysroot_remove(char *root);

#endif
