/* vm/doctor/remedies.h - remedies that depend on the distribution: commands as they are typed
 * there. */
#ifndef VM_DOCTOR_REMEDIES_H
#define VM_DOCTOR_REMEDIES_H

#include "vm/doctor/finding.h"
#include "vm/doctor/patient.h"

enum package {
	PACKAGE_QEMU,
	PACKAGE_QEMU_SPICE,
	PACKAGE_QEMU_GL,
	PACKAGE_SWTPM,
	PACKAGE_OVMF,
	PACKAGE_POLKIT,
	PACKAGES
};

/* Install it. */
void advise_package(struct finding *finding, const struct patient *patient, enum package package);

/* Start the kernel with this parameter, or without. */
void advise_parameter(struct finding *finding, const struct patient *patient,
		      const char *parameter);
void advise_no_parameter(struct finding *finding, const struct patient *patient,
			 const char *parameter);

/* Make the initramfs anew. */
void advise_initramfs(struct finding *finding, const struct patient *patient);

/* A file in /etc with this line, now or by --fix. */
void advise_file(struct finding *finding, const char *title, const char *path, const char *line);

/* Lift what a control group's unit sets by this property: "MemoryMax=infinity". */
void advise_group(struct finding *finding, const char *what, const char *group,
		  const char *property);

/* The sentence about the helper that does root's steps. */
void advise_helper(struct finding *finding, const struct patient *patient);

#endif
