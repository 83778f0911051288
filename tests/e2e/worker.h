/* tests/e2e/worker.h - oriel-spice, with the test in the viewer's place. */
#ifndef TESTS_E2E_WORKER_H
#define TESTS_E2E_WORKER_H

#include <sys/types.h>

#include "link/spice.h"

/* Starts what ORIEL_SPICE names; it lives for so many seconds at the most, and
 * the caller ends it by guest_end(). Fails the case by itself. */
pid_t worker_start(struct link **out, unsigned life_s);

#endif
