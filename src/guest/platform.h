/* guest/platform.h - what this guest calls itself. */
#ifndef GUEST_PLATFORM_H
#define GUEST_PLATFORM_H

#include "wire/frame.h"

/* Fills what can be found out: UUID, CPU, operating system. Everything is optional: what is not
 * readable stays unknown. `sysroot` ("" for the real one) stands before each path. */
void platform_describe(struct wire_guest *out, const char *sysroot);

#endif
