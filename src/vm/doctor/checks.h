/* vm/doctor/checks.h - the functions of the rows; for rows.c and check_*.c only. */
#ifndef VM_DOCTOR_CHECKS_H
#define VM_DOCTOR_CHECKS_H

#include "vm/doctor/finding.h"
#include "vm/doctor/patient.h"
#include "vm/doctor/remedies.h"
#include "vm/doctor/texts.h"

typedef void (*check_function)(const struct patient *patient, struct finding *finding);

/* check_cpu.c */
void check_kvm(const struct patient *patient, struct finding *finding);
void check_cpus(const struct patient *patient, struct finding *finding);

/* check_memory.c */
void check_memory(const struct patient *patient, struct finding *finding);
void check_memlock(const struct patient *patient, struct finding *finding);

/* check_pages.c */
void check_hugepages(const struct patient *patient, struct finding *finding);

/* check_programs.c */
void check_qemu(const struct patient *patient, struct finding *finding);

/* check_windows.c */
void check_windows(const struct patient *patient, struct finding *finding);

/* check_libvirt.c */
void check_libvirt(const struct patient *patient, struct finding *finding);
void check_security(const struct patient *patient, struct finding *finding);

/* check_machine.c */
void check_configuration(const struct patient *patient, struct finding *finding);

/* check_input.c */
void check_input(const struct patient *patient, struct finding *finding);

/* check_shared.c */
void check_shared_memory(const struct patient *patient, struct finding *finding);
void check_lockdown(const struct patient *patient, struct finding *finding);
void check_versions(const struct patient *patient, struct finding *finding);

/* check_iommu.c */
void check_iommu(const struct patient *patient, struct finding *finding);
void check_interrupts(const struct patient *patient, struct finding *finding);
void check_group(const struct patient *patient, struct finding *finding);

/* check_vfio.c */
void check_vfio(const struct patient *patient, struct finding *finding);
void check_early(const struct patient *patient, struct finding *finding);
void check_drivers(const struct patient *patient, struct finding *finding);
void check_access(const struct patient *patient, struct finding *finding);

/* check_gpu.c */
void check_framebuffer(const struct patient *patient, struct finding *finding);
void check_reset(const struct patient *patient, struct finding *finding);
void check_power(const struct patient *patient, struct finding *finding);
void check_rom(const struct patient *patient, struct finding *finding);
void check_monitor(const struct patient *patient, struct finding *finding);

/* check_single.c */
void check_single(const struct patient *patient, struct finding *finding);

/* check_shares.c */
void check_sriov(const struct patient *patient, struct finding *finding);
void check_vgpu(const struct patient *patient, struct finding *finding);
void check_gvt(const struct patient *patient, struct finding *finding);

/* ---- parts of them ---- */

/* check_pins.c: which of the CPUs that are `online` the guest has. */
void check_pins(const struct patient *patient, const struct vm_cpus *online,
		struct finding *finding);

/* check_mediated.c: mediated devices that mdevctl makes of the GPUs. */
void check_mediated(const struct patient *patient, struct finding *finding);

/* What of ours somebody has who has the mediated device of this UUID; NULL: nothing. */
const char *mediated_clash(const struct patient *patient, const char *uuid);

/* Calls `check` for each GPU that is there; says so where there is none. */
void for_each_gpu(const struct patient *patient, struct finding *finding,
		  void (*check)(const struct patient *patient, const struct patient_gpu *gpu,
				struct finding *finding));

/* "1.5 GiB". The caller frees. */
char *size_name(uint64_t bytes);

#endif
