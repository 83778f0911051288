/* tests/e2e/sound/rig.h - a PipeWire of our own: two loudspeakers, "speaker" (the default) and
 * "other", and a microphone, "mic", that hears 440 Hz; and somebody who listens to a loudspeaker.
 *
 * It lives in a folder of its own, which XDG_RUNTIME_DIR then names, and dies with us.
 */
#ifndef TESTS_SOUND_RIG_H
#define TESTS_SOUND_RIG_H

#include <stdbool.h>
#include <stdint.h>

/* Skips where a program is missing. */
void rig_start(void);
void rig_stop(void);

/* The server dies, and comes again. */
void rig_kill_server(void);
void rig_start_server(void);

/* Listens to what this loudspeaker plays, from now on. */
void rig_listen(const char *speaker);
void rig_deafen(void);

/* What was heard since then, or since rig_forget(). */
struct rig_heard {
	uint64_t frames, first_ns; /* of them, and when the first that was no silence came */
	double frequency, peak;    /* of the longest part without a gap; 1 is full */
	unsigned gaps;             /* silences in between */
	double longest_ms;         /* gap */
	unsigned skips;            /* turns that PipeWire itself missed: gaps of nobody else */
};
void rig_forget(void);
void rig_heard(struct rig_heard *out);

/* How much of it is no silence, in s. */
double rig_loud_s(void);

#endif
