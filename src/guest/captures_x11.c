/* The table of a Linux desktop. */
#include <stddef.h>

#include "guest/capture.h"

const struct capture_impl *const capture_impls[] = { &capture_x11, &capture_pattern, NULL };
