/* view/present/alarm.h - calls back once at a moment that may change, from the main loop, which is
 * late by up to a millisecond. Main thread only. */
#ifndef VIEW_ALARM_H
#define VIEW_ALARM_H

#include <glib.h>
#include <stdint.h>

struct alarm {
	GSource *source;
	void (*ring)(void *data);
	void *data;
};

void alarm_init(struct alarm *self, void (*ring)(void *data), void *data);

/* Safe on a zeroed one. */
void alarm_finish(struct alarm *self);

/* By clock_ns(); 0: not at all. */
void alarm_set(struct alarm *self, uint64_t when_ns);

#endif
