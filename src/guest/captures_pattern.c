/* The table of a program that needs no display server. */
#include <stddef.h>

#include "guest/capture.h"

const struct capture_impl *const capture_impls[] = { &capture_pattern, NULL };
