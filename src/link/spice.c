#include "link/spice.h"

#include <assert.h>

#include "base/mem.h"

static bool add(int32_t *sum, int32_t more)
{
	return !__builtin_add_overflow(*sum, more, sum);
}

static bool merge_motion(void *queued, const void *next)
{
	struct link_spice_motion sum = *(struct link_spice_motion *)queued;
	const struct link_spice_motion *more = next;

	if (!add(&sum.x, more->x) || !add(&sum.y, more->y))
		return false;
	*(struct link_spice_motion *)queued = sum;
	return true;
}

static bool merge_position(void *queued, const void *next)
{
	*(struct link_spice_position *)queued = *(const struct link_spice_position *)next;
	return true;
}

static bool merge_lamps(void *queued, const void *next)
{
	*(struct link_spice_lamps *)queued = *(const struct link_spice_lamps *)next;
	return true;
}

static bool merge_sound(void *queued, const void *next)
{
	*(struct link_spice_sound *)queued = *(const struct link_spice_sound *)next;
	return true;
}

static bool merge_loudness(void *queued, const void *next)
{
	struct link_spice_loudness *last = queued;
	const struct link_spice_loudness *more = next;

	if (last->end != more->end)
		return false;
	*last = *more;
	return true;
}

static bool merge_size(void *queued, const void *next)
{
	struct link_spice_size *size = queued;
	const struct link_spice_size *newer = next;

	if (size->monitor != newer->monitor)
		return false;
	*size = *newer;
	return true;
}

static bool merge_cursor(void *queued, const void *next)
{
	*(struct link_spice_cursor *)queued = *(const struct link_spice_cursor *)next;
	return true;
}

static bool merge_file(void *queued, const void *next)
{
	struct link_spice_file *last = queued;
	const struct link_spice_file *more = next;

	if (last->id != more->id)
		return false;
	*last = *more;
	return true;
}

#define FIELDS(type_) .size = sizeof(struct type_)

static const struct link_kind asks[] = {
	[LINK_SPICE_PASSWORD] = { "password", .text_max = 256 },
	[LINK_SPICE_OPEN] = { "open", FIELDS(link_spice_open), .text_max = 1024 },
	[LINK_SPICE_KEY] = { "key", FIELDS(link_spice_key) },
	[LINK_SPICE_BUTTON] = { "button", FIELDS(link_spice_key) },
	[LINK_SPICE_MOTION] = { "motion", FIELDS(link_spice_motion), .merge = merge_motion },
	[LINK_SPICE_POSITION] = { "position", FIELDS(link_spice_position),
				  .merge = merge_position },
	[LINK_SPICE_SCROLL] = { "scroll", FIELDS(link_spice_motion), .merge = merge_motion },
	[LINK_SPICE_LOCKS] = { "locks", FIELDS(link_spice_lamps), .merge = merge_lamps },
	[LINK_SPICE_RELEASE] = { "release" },
	[LINK_SPICE_DISPLAY_WATCH] = { "display-watch", FIELDS(link_spice_watch) },
	[LINK_SPICE_DISPLAY_FREE] = { "display-free", FIELDS(link_spice_slot) },
	[LINK_SPICE_DISPLAY_SIZE] = { "display-size", FIELDS(link_spice_size),
				      .merge = merge_size },
	[LINK_SPICE_DISPLAY_DONE] = { "display-done", FIELDS(link_spice_done) },
	[LINK_SPICE_CLIP_OFFER] = { "clip-offer", FIELDS(link_spice_offer) },
	[LINK_SPICE_CLIP_WANT] = { "clip-want", FIELDS(link_spice_want) },
	[LINK_SPICE_CLIP_GIVE] = { "clip-give", FIELDS(link_spice_errand), .fds = 1 },
	[LINK_SPICE_CLIP_REFUSE] = { "clip-refuse", FIELDS(link_spice_errand) },
	[LINK_SPICE_CLIP_CANCEL] = { "clip-cancel", FIELDS(link_spice_errand) },
	[LINK_SPICE_FILE_SEND] = { "file-send", FIELDS(link_spice_file), .text_max = 256,
				   .fds = 1 },
	[LINK_SPICE_FILE_CANCEL] = { "file-cancel", FIELDS(link_spice_file_id) },
	[LINK_SPICE_SOUND] = { "sound", FIELDS(link_spice_sound), .merge = merge_sound },
	[LINK_SPICE_SOUND_DEVICE] = { "sound-device", FIELDS(link_spice_end), .text_max = 512 },
	[LINK_SPICE_SOUND_LOUDNESS] = { "sound-loudness", FIELDS(link_spice_loudness),
					.merge = merge_loudness },
	[LINK_SPICE_SOUND_LISTEN] = { "sound-listen", FIELDS(link_spice_listen) },
	[LINK_SPICE_SOUND_MEASURE] = { "sound-measure" },
};
static_assert(ARRAY_LEN(asks) == LINK_SPICE_ASK_COUNT, "a row for each");

static const struct link_kind tells[] = {
	[LINK_SPICE_HELLO] = { "hello", .text_max = 256 },
	[LINK_SPICE_STATE] = { "state", FIELDS(link_spice_state), .text_max = 512 },
	[LINK_SPICE_ABILITIES] = { "abilities", FIELDS(link_spice_abilities) },
	[LINK_SPICE_LEDS] = { "leds", FIELDS(link_spice_lamps), .merge = merge_lamps },
	[LINK_SPICE_SERVER] = { "server", FIELDS(link_spice_server), .text_max = 256 },
	[LINK_SPICE_DISPLAY_SURFACE] = { "display-surface", FIELDS(link_spice_surface), .fds = 1 },
	[LINK_SPICE_DISPLAY_FRAME] = { "display-frame", FIELDS(link_spice_frame) },
	[LINK_SPICE_DISPLAY_TEXTURE] = { "display-texture", FIELDS(link_spice_texture), .fds = 1 },
	[LINK_SPICE_DISPLAY_DRAWN] = { "display-drawn", FIELDS(link_spice_drawn) },
	[LINK_SPICE_DISPLAY_BLANK] = { "display-blank", FIELDS(link_spice_blanked) },
	[LINK_SPICE_CURSOR] = { "cursor", FIELDS(link_spice_cursor), .merge = merge_cursor },
	[LINK_SPICE_CURSOR_SHAPE] = { "cursor-shape", FIELDS(link_spice_shape), .fds = 1 },
	[LINK_SPICE_CLIP_OFFERED] = { "clip-offered", FIELDS(link_spice_offer) },
	[LINK_SPICE_CLIP_WANTED] = { "clip-wanted", FIELDS(link_spice_want) },
	[LINK_SPICE_CLIP_GIVEN] = { "clip-given", FIELDS(link_spice_errand), .fds = 1 },
	[LINK_SPICE_CLIP_REFUSED] = { "clip-refused", FIELDS(link_spice_errand) },
	[LINK_SPICE_CLIP_CANCELLED] = { "clip-cancelled", FIELDS(link_spice_errand) },
	[LINK_SPICE_CLIP_PROGRESS] = { "clip-progress", FIELDS(link_spice_progress) },
	[LINK_SPICE_FILE_SENT] = { "file-sent", FIELDS(link_spice_file), .merge = merge_file },
	[LINK_SPICE_FILE_DONE] = { "file-done", FIELDS(link_spice_file_end), .text_max = 512 },
	[LINK_SPICE_SOUND_STATE] = { "sound-state", FIELDS(link_spice_sound_state) },
	[LINK_SPICE_SOUND_ALERT] = { "sound-alert", .text_max = 512 },
	[LINK_SPICE_SOUND_LOUD] = { "sound-loud", FIELDS(link_spice_loudness),
				    .merge = merge_loudness },
	[LINK_SPICE_SOUND_MEASURED] = { "sound-measured", FIELDS(link_spice_sound_figures) },
	[LINK_SPICE_SHARE_ALERT] = { "share-alert", .text_max = 512 },
};
static_assert(ARRAY_LEN(tells) == LINK_SPICE_TELL_COUNT, "a row for each");

const struct link_table link_spice_asks = { asks, ARRAY_LEN(asks) };
const struct link_table link_spice_tells = { tells, ARRAY_LEN(tells) };
