/* tests/render/clip_rig.h - a clip whose listener is the test, and other programs' shells. */
#ifndef TESTS_RENDER_CLIP_RIG_H
#define TESTS_RENDER_CLIP_RIG_H

#include "link/parcel.h"
#include "view/clip/clip.h"
#include "view_rig.h"

extern struct ours {
	struct clip *clip;
	unsigned offered[CLIP_SELECTIONS], kinds[CLIP_SELECTIONS];
	unsigned given, refused, wanted, progresses, drops;
	char why[128];
	struct parcel_view got;
	uint32_t wanted_id;
	enum clip_kind wanted_kind;
	bool gives; /* at once what is wanted */
	const char *bytes;
	size_t size;
	char dropped[256]; /* on the window */
	bool key;          /* that was, not a list of files */
} ours;

extern const struct clip_listener ours_listener;

void ours_close(void);

/* Text of that length in which every byte tells where it is; g_free(). */
char *noise(size_t size);

/* Runs it while the main loop does; what it printed, g_free(). */
char *shell(const char *command);

#endif
