#include "view/notice.h"

#include <assert.h>
#include <pango/pangocairo.h>

#include "base/clock.h"
#include "base/mem.h"
#include "view/mark.h"
#include "view/source/memory.h"

struct words {
	const char *headline;
	const char *sentence; /* where the source has none of its own */
	const char *remedy;
};

static const struct words words[] = {
	[SOURCE_RUNNING] = { "The guest is there", "Its first picture has not come yet.",
			     "Should nothing follow, look at what oriel-guest says in the virtual "
			     "machine." },
	[SOURCE_ABSENT] = { "Waiting for the machine", "Its shared memory is not there yet.",
			    "The picture comes by itself once the machine runs." },
	[SOURCE_WAITING] = { "Waiting for the guest",
			     "No capture program has written into the shared memory yet.",
			     "Start oriel-guest in the virtual machine; the picture follows." },
	[SOURCE_LOST] = { "The guest went quiet",
			  "It reboots, is paused, or its capture program has ended.",
			  "The picture returns by itself as soon as oriel-guest runs again." },
	[SOURCE_RESTART] = { "The guest is coming back", "Its capture program has just started.",
			     "This takes a moment." },
	[SOURCE_VERSION] = { "The guest speaks another version",
			     "Its capture program and this viewer do not understand each other.",
			     "Install the oriel-guest of this release, or Looking Glass B7, in the "
			     "virtual machine." },
	[SOURCE_MEMORY] = { "The shared memory is gone",
			    "Its file was removed or cut short; the machine may be off.",
			    "The picture returns by itself once the machine runs again." },
	[SOURCE_DARK] = { "The guest shows no picture", "Its screen is off, or it starts.",
			  "The picture comes by itself." },
};

static_assert(ARRAY_LEN(words) == SOURCE_STATE_COUNT, "words for each state");

struct notice {
	struct frame frame;
	struct memory memory;
};

static const void *notice_pixels(struct frame *frame)
{
	return ((struct notice *)frame)->memory.base;
}

static void notice_damage(const struct frame *self, uint64_t since, struct region *out)
{
	(void)since;
	region_set_full(out, self->image.width, self->image.height);
}

static void notice_release(struct frame *frame)
{
	struct notice *self = (struct notice *)frame;

	memory_finish(&self->memory);
	g_free(self);
}

static const struct frame_impl notice_impl = {
	.pixels = notice_pixels,
	.damage = notice_damage,
	.release = notice_release,
};

struct line {
	const char *text;
	const char *font; /* family and weight, for Pango */
	double size;      /* in ems of the notice */
	double gap;       /* above it, in ems */
	double grey;
};

/* Draws `line` centred below `y`; returns where it ends. */
static double draw_line(cairo_t *cairo, const struct line *line, double em, double y, double width)
{
	g_autoptr(PangoLayout) layout = pango_cairo_create_layout(cairo);
	PangoFontDescription *font = pango_font_description_from_string(line->font);
	int height;

	pango_font_description_set_absolute_size(font, line->size * em * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
	pango_layout_set_text(layout, line->text, -1);
	pango_layout_get_pixel_size(layout, NULL, &height);
	y += line->gap * em;
	cairo_set_source_rgb(cairo, line->grey, line->grey, line->grey * 1.02);
	cairo_move_to(cairo, -width / 2, y);
	pango_cairo_show_layout(cairo, layout);
	return y + height;
}

static void draw(cairo_t *cairo, const struct source_status *status, double width, double height)
{
	const struct words *said = &words[status->state];
	double em = CLAMP(MIN(width / 34, height / 22), 8, 22), room = MIN(width * 0.9, 44 * em);
	const struct line lines[] = {
		{ "Oriel", "Sans", 0.9, 0, 0.42 },
		{ said->headline, "Sans Bold", 1.7, 1.2, 0.95 },
		{ *status->text ? status->text : said->sentence, "Sans", 1.0, 0.8, 0.72 },
		{ said->remedy, "Sans", 1.0, 0.5, 0.55 },
	};
	double y = 3.9 * em;

	cairo_set_source_rgb(cairo, 0.075, 0.082, 0.10);
	cairo_paint(cairo);
	cairo_translate(cairo, width / 2, MAX(height / 2 - 7 * em, em));
	mark_draw(cairo, 3.6 * em);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		y = draw_line(cairo, &lines[i], em, y, room);
}

static gboolean make_image(struct notice *self, uint32_t width, uint32_t height)
{
	struct pixel_image image;

	if (pixel_image_init(&image, PIXEL_BGRA, width, height) != 0 ||
	    !memory_init(&self->memory, 1, pixel_image_size(&image), NULL))
		return FALSE;
	frame_init(&self->frame, &notice_impl, &image);
	memory_place_frame(&self->memory, 0, &self->frame);
	self->frame.serial = 1;
	self->frame.seen_ns = clock_ns();
	return TRUE;
}

struct frame *notice_frame(const struct source_status *status, uint32_t width, uint32_t height)
{
	struct notice *self = g_new0(struct notice, 1);

	if (!make_image(self, width, height)) {
		g_free(self);
		return NULL;
	}
	cairo_surface_t *surface = cairo_image_surface_create_for_data(
		self->memory.base, CAIRO_FORMAT_RGB24, (int)width, (int)height,
		(int)self->frame.image.pitch);
	cairo_t *cairo = cairo_create(surface);
	draw(cairo, status, width, height);
	cairo_destroy(cairo);
	cairo_surface_destroy(surface);
	return &self->frame;
}
