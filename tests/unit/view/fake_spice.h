/* An oriel-spice in this process, which says what a test wants it to. Its screen is of 64x48. */
#ifndef TESTS_FAKE_SPICE_H
#define TESTS_FAKE_SPICE_H

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "test.h"
#include "view/spice/spice.h"

#define FAKE_WIDTH  64
#define FAKE_HEIGHT 48
#define FAKE_PITCH  256
#define FAKE_SLOT   (3 * MEM_PAGE)
#define FAKE_SLOTS  3
#define FAKE_NS     (20 * NS_PER_S)

struct fake {
	struct spice_options options;
	struct spice *spice; /* the viewer's */
	struct link *link;
	uint8_t *memory; /* of the surface told last */
	uint32_t surface;
	/* What it was asked. */
	unsigned watches; /* how often */
	bool watching, textures;
	uint32_t texture, draw, done; /* told, told, and asked last */
	unsigned dones;
	uint32_t monitor;
	unsigned freed[FAKE_SLOTS], freed_others;
	struct link_spice_size size;
};

static inline void fake_tell(struct fake *self, uint32_t type, const void *body, int fd)
{
	CHECK_EQ(link_send(self->link, type, body, NULL, fd >= 0 ? &fd : NULL), 0);
	CHECK_EQ(link_waiting(self->link), 0);
}

static inline void fake_open(struct fake *self)
{
	int ends[2];

	CHECK_EQ(link_pair(ends), 0);
	self->options = (struct spice_options){ .enabled = TRUE,
						.address = (char *)"fake",
						.link = ends[0] };
	self->spice = spice_create(&self->options, NULL, NULL);
	CHECK_EQ(link_create(&self->link, ends[1], &link_spice_tells, &link_spice_asks), 0);
	fake_tell(self, LINK_SPICE_HELLO, NULL, -1);
}

static inline void fake_close(struct fake *self)
{
	spice_destroy(self->spice);
	link_destroy(self->link);
	if (self->memory)
		munmap(self->memory, FAKE_SLOT * FAKE_SLOTS);
}

static inline void fake_hear(struct fake *self)
{
	struct link_message *message;
	struct err err;

	while (link_receive(self->link, &message, &err) == 0) {
		const struct link_spice_watch *watch = message->body;
		const struct link_spice_slot *slot = message->body;

		if (message->type == LINK_SPICE_DISPLAY_WATCH) {
			self->watches++;
			self->watching = watch->watching;
			self->textures = watch->textures;
			self->monitor = watch->monitor;
		} else if (message->type == LINK_SPICE_DISPLAY_FREE &&
			   slot->surface == self->surface && slot->slot < FAKE_SLOTS) {
			self->freed[slot->slot]++;
		} else if (message->type == LINK_SPICE_DISPLAY_FREE) {
			self->freed_others++;
		} else if (message->type == LINK_SPICE_DISPLAY_DONE) {
			self->done = ((const struct link_spice_done *)message->body)->draw;
			self->dones++;
		} else if (message->type == LINK_SPICE_DISPLAY_SIZE) {
			self->size = *(const struct link_spice_size *)message->body;
		}
	}
}

#define FAKE_UNTIL(self, condition)                                                                \
	do {                                                                                       \
		for (uint64_t until_ = clock_ns() + FAKE_NS; !(condition);) {                      \
			if (clock_ns() >= until_)                                                  \
				test_fail("not within its time: %s", #condition);                  \
			if (!g_main_context_iteration(NULL, FALSE))                                \
				g_usleep(1000);                                                    \
			fake_hear(self);                                                           \
		}                                                                                  \
	} while (0)

/* All that was said so far has been heard: the answer to a question is there. */
static inline void fake_settle(struct fake *self)
{
	for (unsigned i = 0; i < 20; i++) {
		while (g_main_context_iteration(NULL, FALSE)) {
		}
		fake_hear(self);
	}
}

static inline struct link_spice_surface fake_layout(const struct fake *self)
{
	return (struct link_spice_surface){ .surface = self->surface,
					    .monitor = self->monitor,
					    .width = FAKE_WIDTH,
					    .height = FAKE_HEIGHT,
					    .pitch = FAKE_PITCH,
					    .slots = FAKE_SLOTS,
					    .slot_size = FAKE_SLOT };
}

static inline int fake_memory(size_t size, int seals)
{
	int fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, (off_t)size), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* A surface as it should be. */
static inline void fake_show(struct fake *self)
{
	int fd = fake_memory(FAKE_SLOT * FAKE_SLOTS, F_SEAL_SHRINK);

	self->surface++;
	memset(self->freed, 0, sizeof(self->freed));
	if (self->memory)
		munmap(self->memory, FAKE_SLOT * FAKE_SLOTS);
	self->memory = mmap(NULL, FAKE_SLOT * FAKE_SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			    0);
	CHECK(self->memory != MAP_FAILED);
	struct link_spice_surface body = fake_layout(self);
	fake_tell(self, LINK_SPICE_DISPLAY_SURFACE, &body, fd);
	close(fd);
}

/* One rectangle of that colour, in a picture that is that colour. */
static inline void fake_draw(struct fake *self, uint32_t slot, uint8_t colour,
			     struct link_spice_rect rect)
{
	struct link_spice_frame body = { .surface = self->surface,
					 .slot = slot,
					 .count = 1,
					 .bytes_copied = 4 * rect.width * rect.height,
					 .rects = { rect } };

	memset(self->memory + slot * FAKE_SLOT, colour, FAKE_SLOT);
	fake_tell(self, LINK_SPICE_DISPLAY_FRAME, &body, -1);
}

/* A texture as it should be: all of its memory, once, in the surface's own layout. */
static inline struct link_spice_texture fake_texture_layout(const struct fake *self)
{
	return (struct link_spice_texture){ .texture = self->texture,
					    .monitor = self->monitor,
					    .width = FAKE_WIDTH,
					    .height = FAKE_HEIGHT,
					    .pitch = FAKE_PITCH,
					    .fourcc = 0x34325258, /* XR24 */
					    .view = { 0, 0, FAKE_WIDTH, FAKE_HEIGHT },
					    .modifier = LINK_SPICE_MODIFIER_UNKNOWN };
}

/* Takes `fd`. */
static inline void fake_texture(struct fake *self, int fd, bool flipped)
{
	self->texture++;
	struct link_spice_texture body = fake_texture_layout(self);
	body.flipped = flipped;
	fake_tell(self, LINK_SPICE_DISPLAY_TEXTURE, &body, fd);
	close(fd);
}

static inline void fake_paint(struct fake *self, struct link_spice_rect rect)
{
	const struct link_spice_drawn body = { self->texture, ++self->draw, rect };

	fake_tell(self, LINK_SPICE_DISPLAY_DRAWN, &body, -1);
}

#define FAKE_ALL ((struct link_spice_rect){ 0, 0, FAKE_WIDTH, FAKE_HEIGHT })

#endif
