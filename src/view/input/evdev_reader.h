/* view/input/evdev_reader.h - the words that the kernel writes of one input device
 * (linux/input.h), made into what a person does. Pure: no descriptor is touched. Main thread only.
 */
#ifndef VIEW_EVDEV_READER_H
#define VIEW_EVDEV_READER_H

#include <linux/input.h>
#include <stddef.h>

#include "view/input/held.h"

struct evdev_events {
	/* A key or a button; repeats are not told. */
	void (*key)(void *data, uint32_t code, bool pressed);
	/* Counts of the device: right and down are positive. */
	void (*motion)(void *data, int32_t dx, int32_t dy);
	/* In 1/120 of a wheel's click; right and down are positive. */
	void (*scroll)(void *data, int32_t x120, int32_t y120);
};

struct evdev_reader {
	const struct evdev_events *events;
	void *data;
	struct held down; /* as told */
	int64_t moved[2];
	int64_t scrolled[2]; /* in 1/120 click, of wheels that have such */
	int64_t clicked[2];  /* clicks: what counts where `scrolled` says nothing */
	bool missed; /* the kernel's memory ran over: nothing counts up to the next report */
};

/* `events` must outlive it. */
void evdev_reader_init(struct evdev_reader *self, const struct evdev_events *events, void *data);

/* True: some were lost; what is down should be asked for, and evdev_reader_sync() told. Whatever
 * values they have. */
bool evdev_reader_feed(struct evdev_reader *self, const struct input_event *events, size_t count);

/* These keys and buttons are down: tells what has changed since. */
void evdev_reader_sync(struct evdev_reader *self, const struct held *down);

#endif
