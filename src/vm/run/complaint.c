#include "vm/run/complaint.h"

#include <stddef.h>
#include <string.h>

/* Words of QEMU's (and libusb's, and the kernel's, as QEMU hands them on), the particular first.
 * `also`, if any, stands there, too. */
static const struct {
	const char *words, *also, *remedy;
} complaints[] = {
	{ "VFIO_MAP_DMA", "Cannot allocate memory",
	  "the memory that may be locked is less than the guest's: raise the limit (LimitMEMLOCK of "
	  "user@.service, or memlock in /etc/security/limits.d) and log in again; oriel doctor says "
	  "how much" },
	{ "is not viable", NULL,
	  "another device of that IOMMU group still belongs to a driver of this computer; oriel gpu "
	  "lists the group" },
	{ "failed to set iommu for container", "Operation not permitted",
	  "this computer cannot remap interrupts, without which a guest could attack it; oriel doctor "
	  "says more" },
	{ "/dev/vfio/", "Permission denied",
	  "the IOMMU group does not belong to this user; oriel doctor says how it may" },
	{ "/dev/vfio/", "Device or resource busy", "another program has the device open" },
	{ "Could not set up host forwarding rule", NULL,
	  "that port is in use already; take another one in networks, forward" },
	{ "Address already in use", NULL, "another program listens there already" },
	{ "node-name=iso", "No such file or directory",
	  "there is no such image; correct its path in cds" },
	{ "Could not open '", "No such file or directory",
	  "there is no such disk; correct its path in disks, or give it a size, and it is made" },
	{ "Failed to get \"write\" lock", NULL,
	  "another program has that image open, such as another machine or qemu-img" },
	{ "Failed to get shared \"write\" lock", NULL,
	  "another program has that image open, such as another machine or qemu-img" },
	{ "Image is not in qcow2 format", NULL,
	  "what format it has, qemu-img info tells: say it in "
	  "disks, format" },
	{ "Could not access KVM kernel module", NULL,
	  "oriel doctor says why; --emulate goes on without KVM, far slower" },
	{ "cannot set up guest memory", NULL,
	  "this computer has not that much memory free; take less in memory, size" },
	{ "unable to map backing store for guest RAM", NULL,
	  "there are not that many huge pages free; take less memory, or hugepages: no" },
	{ "Cannot allocate memory", NULL,
	  "this computer has not that much memory free; take less in memory, size" },
	{ "does not match 'size' option", NULL,
	  "the file of the shared memory is left over with another size; remove it" },
	{ "gtk initialization failed", NULL, "QEMU's own window finds no display here" },
	{ "egl: ", NULL, "no GPU of this computer can be drawn with; oriel doctor says more" },
	{ "aio=native was specified, but is not supported", NULL,
	  "this QEMU was built without; say cache: writeback of that disk" },
	{ "O_DIRECT", NULL,
	  "the image's file system cannot do without the page cache; say cache: writeback of that "
	  "disk" },
	{ "TPM result for CMD_INIT", NULL,
	  "what the TPM keeps cannot be read; its folder is tpm, beside the log" },
	{ "bridge helper failed", NULL,
	  "qemu-bridge-helper may not join that bridge; name it in /etc/qemu/bridge.conf: allow "
	  "br0" },
};

const char *complaint_remedy(const char *words)
{
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		if (strstr(words, complaints[i].words) &&
		    (!complaints[i].also || strstr(words, complaints[i].also)))
			return complaints[i].remedy;
	return NULL;
}
