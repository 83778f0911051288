/* vm/plan/devices.h - what follows from facts of devices. Pure. */
#ifndef VM_PLAN_DEVICES_H
#define VM_PLAN_DEVICES_H

#include "vm/plan/facts.h"

/* Of an address: what orders them and what VFs are counted by. */
uint64_t pci_number(const struct pci_address *address);
struct pci_address pci_from_number(uint64_t number);

/* A display controller of any kind (class 0x03). */
bool device_is_gpu(const struct facts_device *self);

/* A bridge between buses, which no guest gets. */
bool device_is_bridge(const struct facts_device *self);

/* A driver has it that keeps it for guests: vfio-pci or one of its kind, pci-stub. */
bool device_is_kept(const struct facts_device *self);

/* NULL: there is none. */
const struct facts_device *device_at(const struct facts *facts, const struct pci_address *address);

/* The address of a PF's VF, from 0 on; whether it exists yet or not. */
struct pci_address device_vf(const struct facts_device *self, unsigned number);

#endif
