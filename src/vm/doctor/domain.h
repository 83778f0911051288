/* vm/doctor/domain.h - what a machine of libvirt has of this computer, by its XML. Pure; any bytes
 * will do, what makes no sense is passed over. */
#ifndef VM_DOCTOR_DOMAIN_H
#define VM_DOCTOR_DOMAIN_H

#include <glib.h>

struct domain {
	GArray *devices;     /* struct pci_address */
	GPtrArray *mediated; /* char *: UUIDs */
	GPtrArray *memories; /* char *: names of <shmem> */
};

void domain_parse(struct domain *self, const char *xml);
void domain_finish(struct domain *self);

#endif
