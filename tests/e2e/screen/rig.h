/* tests/e2e/screen/rig.h - a machine with a screen, its SPICE server, and the viewer's source of
 * that. What came is put together from what was told to have changed, and compared with what QEMU
 * has.
 */
#ifndef TESTS_SCREEN_RIG_H
#define TESTS_SCREEN_RIG_H

#include <glib.h>

#include "e2e/guest.h"
#include "view/source/source.h"
#include "view/spice/spice.h"

#define BOOT_S     90
#define PATIENCE_S 30
#define LIFE_S     280 /* of each program we start, whatever happens */

extern struct guest_machine machine;

extern struct screen_rig {
	struct spice_options options;
	struct spice *spice;
	struct source *source;
	unsigned console_watch;
	bool late;

	/* What the guest said. */
	bool ready;
	char said[128]; /* its last answer, without "screen: "; "" since command() */

	/* What the source gave. */
	unsigned frames, states[SOURCE_STATE_COUNT];
	uint64_t serial, area, frame_ns; /* area: of all damage */
	uint32_t width, height;
	uint32_t *mirror; /* of it; put together of damage */
	bool careless;    /* the mirror is not needed now */
	struct cursor cursor;
	uint32_t corner; /* the shape's lowest left pixel */
	unsigned from_memory;
	uint64_t memory_ns;
} rig;

#define RUN_UNTIL(condition, seconds)                                                              \
	do {                                                                                       \
		unsigned timer_ = g_timeout_add_seconds(seconds, screen_late, NULL);               \
		unsigned tick_ = g_timeout_add(20, screen_tick, NULL);                             \
		rig.late = false;                                                                  \
		while (!(condition) && !rig.late)                                                  \
			g_main_context_iteration(NULL, TRUE);                                      \
		g_source_remove(timer_);                                                           \
		g_source_remove(tick_);                                                            \
		if (!(condition))                                                                  \
			test_fail("not within its time: %s", #condition);                          \
	} while (0)

extern const struct source_listener screen_listener;
gboolean screen_late(gpointer data);
gboolean screen_tick(gpointer data);

/* Nothing has come for a while. */
void screen_run_until_quiet(void);

/* To the guest; with what it answers. */
void screen_say(const char *line);
void screen_command(const char *line, const char *answer);

void screen_needs_guest(void);
void screen_make_image(void);

/* With that card, as -vga has it, and other arguments or NULL. */
void screen_start_machine(const char *card, const char *more);
void screen_stop_machine(void);
void screen_open_spice(void);

/* Pixels that are other ones in QEMU's own picture of the machine, or of that device (or NULL); of
 * a picture of that width, from that column on. */
unsigned screen_compare(void);
unsigned screen_compare_part(const char *device, unsigned x0, unsigned all);

#endif
