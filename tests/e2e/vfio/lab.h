/* tests/e2e/vfio/lab.h - in a guest with an emulated IOMMU: its devices, oriel-helper, and what of
 * the kernel's state must be as it was.
 *
 * Everything here fails the running test case by itself.
 */
#ifndef TESTS_E2E_VFIO_LAB_H
#define TESTS_E2E_VFIO_LAB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "test.h"

enum { LAB_TEXT = 512, LAB_USER = 1000 };

/* ---- devices ---- */

#define LAB_DEVICE "/sys/bus/pci/devices/%s"

/* The `number`-th device of that vendor and product, "0x8086" "0x10d3". Skips the case where there
 * is none. */
const char *lab_find(const char *vendor, const char *product, unsigned number);

/* A file's text without the last end of line, or a link's last part; "" where there is none. It
 * stays until the next two dozen calls. */
const char *lab_read(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *lab_link(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool lab_is(const char *format, ...) __attribute__((format(printf, 1, 2)));
void lab_write(const char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- the helper ---- */

struct lab_helper {
	pid_t pid;
	int to, from;
};

/* Of that machine. With `kill` at 0 or above it is killed at that step. */
void lab_serve(struct lab_helper *self, const char *machine, int kill);

/* What it answers; "" once it has ended. It stays until the next call. */
const char *lab_ask(struct lab_helper *self, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* lab_ask(), which must be answered with "ok". */
#define LAB_OK(helper, ...) CHECK_STR(lab_ask(helper, __VA_ARGS__), "ok")

/* Ends the requests. Its last answer. */
const char *lab_end(struct lab_helper *self);

/* After a case that failed: ends its helpers and other children, and gives back what they had. */
void lab_clean(void);
void lab_own(pid_t child);
void lab_disown(pid_t child);

/* Waits for a helper that was killed. */
void lab_reap(struct lab_helper *self);

/* Runs the helper with these words; NULL ends them. Its exit status. */
int lab_run(const char *first, ...);

/* Gives back what that machine left, and is killed at that step of it, if it comes so far. */
void lab_restore_killed(const char *machine, int kill);

/* ---- what was there ---- */

/* Drivers, overrides, resets, power, virtual functions, groups' nodes, consoles, huge pages,
 * mediated devices, network interfaces, DRM's nodes, journals. The caller frees. */
char *lab_snapshot(void);

/* Fails with the first line that differs. */
void lab_compare(const char *before);

#endif
