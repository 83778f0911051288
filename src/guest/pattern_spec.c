#include "guest/pattern_spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* The words while they are read; the image is computed from all of them at the end. */
struct words {
	unsigned width, height, hz, cursor_hz;
	enum pixel_format format;
	enum pixel_rotation rotation;
	uint32_t colour;
	bool still, cursor;
};

static const struct {
	const char *word;
	enum pixel_rotation rotation;
	uint32_t colour;
	bool still;
} flags[] = {
	{ .word = "still", .still = true },
	{ .word = "rot90", .rotation = PIXEL_ROTATE_90 },
	{ .word = "rot180", .rotation = PIXEL_ROTATE_180 },
	{ .word = "rot270", .rotation = PIXEL_ROTATE_270 },
	{ .word = "hdr", .colour = PIXEL_COLOUR_HDR },
	{ .word = "pq", .colour = PIXEL_COLOUR_PQ },
};

static bool take_flag(struct words *self, const char *word)
{
	for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
		if (strcmp(flags[i].word, word) != 0)
			continue;
		self->still |= flags[i].still;
		self->colour |= flags[i].colour;
		if (flags[i].rotation)
			self->rotation = flags[i].rotation;
		return true;
	}
	return false;
}

static bool take_size(struct words *self, const char *word)
{
	unsigned width, height, hz = self->hz;
	int whole = -1;
	if (sscanf(word, "%5ux%5u%n", &width, &height, &whole) != 2)
		return false;
	if (word[whole] == '@') {
		int rate = -1;
		if (sscanf(word + whole, "@%5u%n", &hz, &rate) != 1)
			return false;
		whole += rate;
	}
	if (word[whole] != '\0')
		return false;
	self->width = width;
	self->height = height;
	self->hz = hz;
	return true;
}

/* "cursor" or "cursor@1000". */
static bool take_cursor(struct words *self, const char *word)
{
	unsigned hz = self->cursor_hz;
	int whole = -1;
	if (strcmp(word, "cursor") != 0 &&
	    (sscanf(word, "cursor@%5u%n", &hz, &whole) != 1 || word[whole] || hz == 0))
		return false;
	self->cursor = true;
	self->cursor_hz = hz;
	return true;
}

static bool take_format(struct words *self, const char *word)
{
	enum pixel_format format = pixel_format_from_name(word);
	if (format == PIXEL_INVALID)
		return false;
	self->format = format;
	return true;
}

static int take_word(struct words *self, const char *word, struct err *err)
{
	if (*word == '\0' || take_flag(self, word) || take_size(self, word) ||
	    take_cursor(self, word) || take_format(self, word))
		return 0;
	return err_set(err, -EINVAL,
		       "pattern: \"%s\" is neither a size (1920x1080@60), nor a format (bgra rgba "
		       "rgba10 rgba16f bgr_32 rgb_24), nor one of still cursor rot90 rot180 rot270 "
		       "hdr pq",
		       word);
}

int pattern_spec_parse(struct pattern_spec *out, const char *text, struct err *err)
{
	struct words words = {
		.width = 1920, .height = 1080, .hz = 60, .cursor_hz = 60, .format = PIXEL_BGRA
	};
	char copy[128] = "";
	if (text && strlen(text) >= sizeof(copy))
		return err_set(err, -EINVAL, "pattern: \"%.40s...\" is too long", text);
	if (text)
		memcpy(copy, text, strlen(text) + 1);
	char *rest = copy;
	for (char *word = copy; (word = strsep(&rest, ":"));) {
		int failed = take_word(&words, word, err);
		if (failed)
			return failed;
	}
	struct pattern_spec spec = { .hz = words.hz,
				     .still = words.still,
				     .cursor = words.cursor,
				     .cursor_hz = words.cursor_hz };
	if (pixel_image_init(&spec.image, words.format, words.width, words.height))
		return err_set(err, -EINVAL,
			       "pattern: %ux%u is no picture; sides are 1 to 32767 pixels",
			       words.width, words.height);
	spec.image.rotation = words.rotation;
	spec.image.colour = words.colour;
	*out = spec;
	return 0;
}
