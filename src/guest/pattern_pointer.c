#include "guest/pattern_pointer.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guest/capture.h"

#define SIZE PATTERN_POINTER_SIZE
#define HOT  4

void pattern_pointer_init(struct pattern_pointer *self, uint32_t width, uint32_t height,
			  uint32_t hz)
{
	*self = (struct pattern_pointer){ .width = width, .height = height, .hz = hz, .kind = -1 };
}

void pattern_pointer_watch(struct pattern_pointer *self, bool on)
{
	if (on)
		self->kind = -1;
	self->due_ns = 0;
}

void pattern_pointer_warp(struct pattern_pointer *self, int32_t x, int32_t y)
{
	self->x = x;
	self->y = y;
	self->warped = true;
	self->due_ns = 0;
}

/* Inside a triangle whose corner is the hot spot? */
static bool inside(uint32_t x, uint32_t y)
{
	return x >= HOT && y >= HOT && (x - HOT) + (y - HOT) < SIZE - 2 * HOT;
}

static void put_word(uint8_t *at, uint32_t word)
{
	memcpy(at, &word, sizeof(word));
}

/* Half transparent orange, premultiplied. */
static void draw_colour(uint8_t *data)
{
	for (uint32_t i = 0; i < SIZE * SIZE; i++)
		put_word(data + i * 4, inside(i % SIZE, i / SIZE) ? 0x80804000 : 0);
}

/* Black above, inverting below. */
static void draw_mono(uint8_t *data)
{
	uint8_t *and = data, *xor = data + SIZE *SIZE / 8;
	memset(and, 0xff, SIZE * SIZE / 8);
	memset(xor, 0, SIZE *SIZE / 8);
	for (uint32_t i = 0; i < SIZE * SIZE; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);
		if (inside(i % SIZE, i / SIZE) && i / SIZE < SIZE / 2)
			and[i / 8] &= (uint8_t)~bit;
		else if (inside(i % SIZE, i / SIZE))
			xor[i / 8] |= bit;
	}
}

/* Green inside, inverting frame of the square; alpha 0 replaces, 0xff inverts. */
static void draw_masked(uint8_t *data)
{
	for (uint32_t i = 0; i < SIZE * SIZE; i++) {
		uint32_t x = i % SIZE, y = i / SIZE;
		bool rim = x == 0 || y == 0 || x == SIZE - 1 || y == SIZE - 1;
		uint32_t word = inside(x, y) ? 0x0000ff00 : rim ? 0xffffffff : 0xff000000;
		put_word(data + i * 4, word);
	}
}

static const struct {
	void (*draw)(uint8_t *data);
	uint32_t pitch;
} kinds[] = {
	[CURSOR_COLOUR] = { draw_colour, SIZE * 4 },
	[CURSOR_MONO] = { draw_mono, SIZE / 8 },
	[CURSOR_MASKED] = { draw_masked, SIZE * 4 },
};
_Static_assert(ARRAY_LEN(kinds) == CURSOR_TYPE_COUNT, "a row per kind");

/* A value that runs to `limit` and back. */
static int32_t bounce(uint64_t step, uint32_t limit)
{
	uint64_t at = step % (2ull * max_u32(limit, 1));
	return (int32_t)(at < limit ? at : 2ull * limit - at);
}

static void move(struct pattern_pointer *self)
{
	self->step++;
	self->x = bounce(self->step * 5, self->width);
	self->y = bounce(self->step * 3, self->height);
}

/* From the last due time, so that the rate holds; a late step is not made up for. */
static uint64_t next_due(const struct pattern_pointer *self, uint64_t now)
{
	uint64_t period = NS_PER_S / self->hz, due = self->due_ns + period;
	return self->warped ? now + NS_PER_S : due > now ? due : now + period;
}

int pattern_pointer_next(struct pattern_pointer *self, struct waker *waker, uint64_t deadline_ns,
			 struct cursor *out)
{
	uint64_t until = min_u64(self->due_ns, deadline_ns);
	if (waker_wait(waker, -1, until) & WAKER_WOKEN || clock_ns() < self->due_ns)
		return CAPTURE_E_TIMEOUT;
	if (!self->warped)
		move(self);
	self->due_ns = next_due(self, clock_ns());
	self->warped = false;
	struct cursor cursor = { .visible = true, .has_position = true };
	cursor.x = self->x - HOT;
	cursor.y = self->y - HOT;
	int kind = (int)(self->step / self->hz % CURSOR_TYPE_COUNT); /* each for a second */
	if (kind != self->kind) {
		kinds[kind].draw(self->data);
		self->kind = kind;
		cursor.has_shape = true;
		cursor.shape = (struct cursor_shape){
			.type = (enum cursor_type)kind,
			.hot_x = HOT,
			.hot_y = HOT,
			.width = SIZE,
			.height = SIZE,
			.pitch = kinds[kind].pitch,
			.data = self->data,
		};
	}
	*out = cursor;
	return 0;
}
