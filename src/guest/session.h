/* guest/session.h - one capture into one region, through everything that may happen to either.
 *
 * Three threads do the work: pulse, capture, pointer. The thread that calls session_run()
 * supervises: a spoilt memory gets a new session, a lost screen is looked for again, a changed
 * size gets other slots.
 */
#ifndef GUEST_SESSION_H
#define GUEST_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "guest/capture.h"
#include "guest/pipeline.h"
#include "guest/pointer.h"
#include "guest/pulse.h"
#include "guest/ringer.h"
#include "shm/shm.h"
#include "wire/producer.h"

struct session_params {
	const struct capture_impl *capture;
	const char *arg;          /* of the capture, or NULL */
	const struct shm *memory; /* borrowed */
	const struct wire_guest
		*guest;     /* copied; capture and features are filled in by the session */
	uint32_t fps_limit; /* 0 = none */
	bool stats;         /* a line per second to stdout */
	bool no_extension;  /* nothing for other Oriels: a plain producer */
};

struct session {
	struct session_params params;
	struct wire_guest guest;
	struct waker waker; /* of the supervising thread */
	_Atomic bool stop;
	struct capture *capture; /* NULL while the screen is looked for */
	struct wire_producer *producer;
	struct ringer ringer;
	uint64_t frame_bytes; /* what the slots are cut for */
	struct pipeline pipeline;
	struct pointer pointer;
	struct pulse pulse;
	uint64_t restarts; /* sessions after the first */
};

/* 0 or a negative errno. */
int session_init(struct session *self, const struct session_params *params);
void session_finish(struct session *self);

/* Blocks until session_stop(). 0; or a negative errno with words when something is wrong that
 * waiting will not cure. */
int session_run(struct session *self, struct err *err);

/* Any thread, also a signal handler. */
void session_stop(struct session *self);

#endif
