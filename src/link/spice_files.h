/* link/spice_files.h - what oriel-view and oriel-spice say to each other of files that go to the
 * guest: one after the other, by descriptor. The viewer numbers them.
 */
#ifndef LINK_SPICE_FILES_H
#define LINK_SPICE_FILES_H

#include <stdint.h>

struct link_spice_file {
	uint64_t bytes;
	uint32_t id, reserved;
};

struct link_spice_file_id {
	uint32_t id;
};

enum link_spice_file_result {
	LINK_SPICE_FILE_THERE,  /* the guest has all of it */
	LINK_SPICE_FILE_FAILED, /* this one did not arrive */
	LINK_SPICE_FILES_NONE,  /* nor would another one */
};

struct link_spice_file_end {
	uint32_t id, result; /* enum link_spice_file_result */
};

#endif
