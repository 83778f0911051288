/* tests/e2e/sound/pulse.h - a PulseAudio of our own, and no PipeWire: a loudspeaker that is
 * listened to, and a microphone that hears 440 Hz. XDG_RUNTIME_DIR then leads there; it dies with
 * us.
 */
#ifndef TESTS_SOUND_PULSE_H
#define TESTS_SOUND_PULSE_H

/* Skips where a program, or a plugin of GStreamer's, is missing. */
void pulse_start(void);
void pulse_stop(void);

/* What the loudspeaker played since the last call; the frequency is of all that was no silence. */
struct pulse_heard {
	double loud_s, frequency;
	int peak; /* of 32767 */
};
void pulse_heard(struct pulse_heard *out);

#endif
