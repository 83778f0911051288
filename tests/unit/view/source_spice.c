/* Pictures that oriel-spice tells of, and those that it cannot mean. */
#include "view/source/spice.h"

#include "fake_spice.h"

static struct fake fake;
static struct source *source;

static struct {
	unsigned frames, cursors, states[SOURCE_STATE_COUNT];
	struct frame *last; /* a reference, with `keep` */
	bool keep, opaque, refuse;
	uint8_t colour;
	uint64_t serial;
	struct region damage; /* since the frame before it */
	struct cursor cursor;
	uint8_t first_byte; /* of the shape */
} seen;

static void on_frame(void *data, struct frame *frame)
{
	(void)data;
	frame_damage(frame, seen.serial, &seen.damage);
	seen.frames++;
	seen.serial = frame->serial;
	if (seen.refuse && frame->opaque)
		frame_refuse(frame);
	seen.opaque = frame->opaque;
	const uint8_t *pixels = frame_pixels(frame);
	seen.colour = pixels ? *pixels : 0;
	if (!seen.keep)
		return;
	frame_unref(seen.last);
	seen.last = frame_ref(frame);
}

static void on_cursor(void *data, const struct cursor *cursor)
{
	(void)data;
	seen.cursors++;
	seen.cursor = *cursor;
	if (cursor->has_shape)
		seen.first_byte = *cursor->shape.data;
}

static void on_status(void *data, const struct source_status *status)
{
	(void)data;
	seen.states[status->state]++;
}

static const struct source_listener listener = { on_frame, on_cursor, on_status };

static void close_all(void)
{
	frame_unref(seen.last);
	source_destroy(source);
	if (fake.spice)
		fake_close(&fake);
	source = NULL;
}

static void open_all(void)
{
	close_all();
	memset(&fake, 0, sizeof(fake));
	memset(&seen, 0, sizeof(seen));
	fake_open(&fake);
	source = source_spice_create(fake.spice, 0, &listener, NULL);
	FAKE_UNTIL(&fake, fake.watching);
	CHECK_EQ(fake.watches, 1);
}

static void pictures_arrive_where_they_lie(void)
{
	open_all();
	seen.keep = true;
	fake_show(&fake);
	fake_draw(&fake, 1, 77, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.frames == 1);
	CHECK_EQ(seen.states[SOURCE_RUNNING], 1);
	CHECK_EQ(seen.colour, 77);
	CHECK(seen.last->shm_fd >= 0);
	CHECK_EQ(seen.last->shm_offset, FAKE_SLOT);
	CHECK_EQ(seen.last->shm_size, FAKE_SLOT * FAKE_SLOTS);
	CHECK(seen.last->lasting);
	CHECK_EQ(seen.last->image.width, FAKE_WIDTH);
	CHECK(region_is_full(&seen.damage, FAKE_WIDTH, FAKE_HEIGHT));
}

static void only_what_changed_is_damaged(void)
{
	open_all();
	fake_show(&fake);
	fake_draw(&fake, 0, 1, FAKE_ALL);
	fake_draw(&fake, 1, 2, (struct link_spice_rect){ 3, 4, 5, 6 });
	FAKE_UNTIL(&fake, seen.frames == 2);
	CHECK_EQ(region_area(&seen.damage), 30);
	seen.serial--; /* two pictures ago */
	FAKE_UNTIL(&fake, fake.freed[0]);
	fake_draw(&fake, 0, 3, (struct link_spice_rect){ 40, 40, 2, 2 });
	FAKE_UNTIL(&fake, seen.frames == 3);
	CHECK_EQ(region_area(&seen.damage), 34);
	struct source_figures figures;
	source_figures(source, &figures);
	CHECK_EQ(figures.bytes_copied, 4 * (FAKE_WIDTH * FAKE_HEIGHT + 30 + 4));
}

/* What was shown long ago is told as all of it. */
static void old_damage_is_everything(void)
{
	open_all();
	fake_show(&fake);
	for (unsigned i = 0; i < 40; i++) {
		uint32_t slot = i % 2;
		uint64_t first = seen.serial;
		fake_draw(&fake, slot, 1, (struct link_spice_rect){ i, 0, 1, 1 });
		seen.serial = i == 39 ? 2 : first;
		FAKE_UNTIL(&fake, seen.frames == i + 1);
		FAKE_UNTIL(&fake, i == 0 || fake.freed[!slot]);
		fake.freed[0] = fake.freed[1] = 0;
	}
	CHECK(region_is_full(&seen.damage, FAKE_WIDTH, FAKE_HEIGHT));
}

static void slots_are_kept_as_long_as_needed(void)
{
	open_all();
	seen.keep = true;
	fake_show(&fake);
	fake_draw(&fake, 0, 1, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.frames == 1);
	struct frame *held = frame_ref(seen.last);
	fake_draw(&fake, 1, 2, FAKE_ALL);
	fake_draw(&fake, 2, 3, FAKE_ALL);
	FAKE_UNTIL(&fake, fake.freed[1]);
	CHECK_EQ(fake.freed[0] + fake.freed[2], 0);
	CHECK_EQ(*(const uint8_t *)frame_pixels(held), 1);
	frame_unref(held);
	FAKE_UNTIL(&fake, fake.freed[0]);
	/* The newest comes again when it is wanted. */
	source_refresh(source);
	CHECK_EQ(seen.colour, 3);
}

/* Pictures outlive the surface that they are of. */
static void another_mode_is_another_surface(void)
{
	open_all();
	seen.keep = true;
	fake_show(&fake);
	fake_draw(&fake, 0, 1, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.frames == 1);
	struct frame *held = frame_ref(seen.last);
	fake_show(&fake);
	fake_draw(&fake, 0, 9, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.frames == 2);
	CHECK_EQ(seen.states[SOURCE_RUNNING], 2);
	CHECK(region_is_full(&seen.damage, FAKE_WIDTH, FAKE_HEIGHT));
	CHECK_EQ(*(const uint8_t *)frame_pixels(held), 1);
	frame_unref(held);
	fake_settle(&fake);
	CHECK_EQ(fake.freed[0] + fake.freed_others, 0);
}

static void while_busy_the_newest_waits(void)
{
	open_all();
	fake_show(&fake);
	source_busy(source, true);
	fake_draw(&fake, 0, 1, FAKE_ALL);
	fake_draw(&fake, 1, 2, FAKE_ALL);
	FAKE_UNTIL(&fake, fake.freed[0]);
	fake_draw(&fake, 2, 3, FAKE_ALL);
	FAKE_UNTIL(&fake, fake.freed[1]);
	CHECK_EQ(seen.frames, 0);
	source_busy(source, false);
	CHECK_EQ(seen.frames, 1);
	CHECK_EQ(seen.colour, 3);
	source_busy(source, true);
	source_busy(source, false);
	CHECK_EQ(seen.frames, 1);
}

static void what_nobody_sees_is_not_watched(void)
{
	open_all();
	fake_show(&fake);
	fake_draw(&fake, 0, 1, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.frames == 1);
	source_watch(source, false);
	FAKE_UNTIL(&fake, fake.watches == 2);
	CHECK(!fake.watching);
	fake_show(&fake); /* it had not heard yet */
	fake_draw(&fake, 0, 2, FAKE_ALL);
	fake_settle(&fake);
	CHECK_EQ(seen.frames, 1);
	source_watch(source, true);
	FAKE_UNTIL(&fake, fake.watching);
	fake_show(&fake);
	fake_draw(&fake, 0, 3, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.frames == 2);
	CHECK_EQ(seen.colour, 3);
}

static void blanks_and_losses_are_told(void)
{
	struct link_spice_blanked dark = { LINK_SPICE_BLANK_GL };
	struct link_spice_state lost = { LINK_SPICE_LOST };

	open_all();
	fake_show(&fake);
	fake_draw(&fake, 0, 1, FAKE_ALL);
	fake_tell(&fake, LINK_SPICE_DISPLAY_BLANK, &dark, -1);
	FAKE_UNTIL(&fake, seen.states[SOURCE_DARK] == 1);
	source_refresh(source);
	CHECK_EQ(seen.frames, 1);
	unsigned absent = seen.states[SOURCE_ABSENT];
	fake_tell(&fake, LINK_SPICE_STATE, &lost, -1);
	FAKE_UNTIL(&fake, seen.states[SOURCE_ABSENT] == absent + 1);
	fake_tell(&fake, LINK_SPICE_HELLO, NULL, -1); /* another one */
	FAKE_UNTIL(&fake, fake.watches == 2);
}

static void the_pointer_is_drawn_where_it_points(void)
{
	struct link_spice_shape shape = { 3, 5, 16, 16 };
	struct link_spice_cursor cursor = { 1, 1, 100, 50 };
	int fd = fake_memory(16 * 16 * 4, F_SEAL_SEAL);
	uint8_t bytes[16 * 16 * 4];

	open_all();
	memset(bytes, 42, sizeof(bytes));
	CHECK_EQ(pwrite(fd, bytes, sizeof(bytes), 0), (ssize_t)sizeof(bytes));
	fake_tell(&fake, LINK_SPICE_CURSOR_SHAPE, &shape, fd);
	fake_tell(&fake, LINK_SPICE_CURSOR, &cursor, -1);
	FAKE_UNTIL(&fake, seen.cursors == 2);
	CHECK_EQ(seen.first_byte, 42);
	CHECK(seen.cursor.visible && seen.cursor.has_position);
	CHECK_EQ(seen.cursor.x, 97);
	CHECK_EQ(seen.cursor.y, 45);
	shape.height = 17; /* more than there is */
	fake_tell(&fake, LINK_SPICE_CURSOR_SHAPE, &shape, fd);
	shape.height = UINT32_MAX;
	fake_tell(&fake, LINK_SPICE_CURSOR_SHAPE, &shape, fd);
	fake_settle(&fake);
	CHECK_EQ(seen.cursors, 2);
	close(fd);
}

/* ---- textures ---- */

/* The first byte of each row is its number. */
static int texture_memory(void)
{
	int fd = fake_memory(FAKE_SLOT, F_SEAL_SHRINK);

	for (int y = 0; y < FAKE_HEIGHT; y++)
		CHECK_EQ(pwrite(fd, &(uint8_t){ (uint8_t)(y + 1) }, 1, y * FAKE_PITCH), 1);
	return fd;
}

static void open_texture(bool flipped)
{
	open_all();
	CHECK(fake.textures);
	fake_texture(&fake, texture_memory(), flipped);
	fake_paint(&fake, (struct link_spice_rect){ 1, 1, 1, 1 });
	FAKE_UNTIL(&fake, seen.frames == 1);
	CHECK(seen.opaque);
	CHECK_EQ(seen.states[SOURCE_RUNNING], 1);
	CHECK(region_is_full(&seen.damage, FAKE_WIDTH, FAKE_HEIGHT));
}

static void textures_arrive_as_they_are(void)
{
	struct frame_dmabuf where;

	open_texture(false);
	CHECK_EQ(seen.colour, 1);
	FAKE_UNTIL(&fake, fake.done == 1);
	seen.keep = true;
	fake_paint(&fake, (struct link_spice_rect){ 3, 4, 5, 6 });
	FAKE_UNTIL(&fake, seen.frames == 2);
	CHECK_EQ(region_area(&seen.damage), 30);
	CHECK_EQ(seen.damage.rects[0].y, 4);
	CHECK_EQ(frame_dmabuf(seen.last, &where), 0);
	CHECK_EQ(where.width, FAKE_WIDTH);
	CHECK_EQ(where.pitch, FAKE_PITCH);
	CHECK_EQ(where.modifier, FRAME_MODIFIER_UNKNOWN);
	CHECK(!where.flipped);
	CHECK_EQ(seen.last->shm_fd, -1);
	CHECK_EQ(seen.last->image.format, PIXEL_BGRA);
}

/* The first row that a person sees is the last one in memory. */
static void flipped_textures_are_kept_upright(void)
{
	open_texture(true);
	CHECK_EQ(seen.colour, FAKE_HEIGHT);
}

/* When the presenter is done with it, or it is on screen. */
static void the_guest_waits_until_it_was_read(void)
{
	open_texture(false);
	FAKE_UNTIL(&fake, fake.done == 1);
	seen.keep = true;
	fake_paint(&fake, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.frames == 2);
	fake_settle(&fake);
	CHECK_EQ(fake.dones, 1);
	frame_presented(seen.last, clock_ns());
	FAKE_UNTIL(&fake, fake.done == 2);
	g_clear_pointer(&seen.last, frame_unref);
	fake_settle(&fake);
	CHECK_EQ(fake.dones, 2);
	/* One that waits in here is answered once it was delivered. */
	seen.keep = false;
	source_busy(source, true);
	fake_paint(&fake, FAKE_ALL);
	fake_settle(&fake);
	CHECK_EQ(fake.dones, 2);
	source_busy(source, false);
	FAKE_UNTIL(&fake, fake.done == 3);
	/* Nobody waits for what is shown again. */
	source_refresh(source);
	fake_settle(&fake);
	CHECK_EQ(fake.dones, 3);
	CHECK_EQ(seen.frames, 4);
}

static void pages_are_turned_without_a_word(void)
{
	open_texture(false);
	for (unsigned i = 2; i < 40; i++) {
		fake_texture(&fake, texture_memory(), i % 2);
		fake_paint(&fake, (struct link_spice_rect){ 0, 0, 1, 1 });
		FAKE_UNTIL(&fake, seen.frames == i && fake.done == i);
		CHECK(region_is_full(&seen.damage, FAKE_WIDTH, FAKE_HEIGHT));
		CHECK_EQ(seen.colour, i % 2 ? FAKE_HEIGHT : 1);
	}
	CHECK_EQ(seen.states[SOURCE_RUNNING], 1);
}

/* Firmware, text modes, the guest's driver, and back. */
static void surfaces_and_textures_take_turns(void)
{
	open_all();
	for (unsigned i = 0; i < 5; i++) {
		fake_show(&fake);
		fake_draw(&fake, 0, 99, FAKE_ALL);
		FAKE_UNTIL(&fake, seen.frames == 2 * i + 1);
		CHECK(!seen.opaque);
		CHECK_EQ(seen.colour, 99);
		CHECK(region_is_full(&seen.damage, FAKE_WIDTH, FAKE_HEIGHT));
		fake_texture(&fake, texture_memory(), false);
		fake_paint(&fake, FAKE_ALL);
		FAKE_UNTIL(&fake, seen.frames == 2 * i + 2);
		CHECK(seen.opaque);
		CHECK_EQ(seen.colour, 1);
		CHECK(region_is_full(&seen.damage, FAKE_WIDTH, FAKE_HEIGHT));
	}
	CHECK_EQ(seen.states[SOURCE_DARK], 0);
}

/* Frames outlive the texture, and the source hears of nothing then. */
static void textures_live_as_long_as_their_frames(void)
{
	struct link_spice_blanked dark = { LINK_SPICE_BLANK_OFF };

	open_texture(false);
	seen.keep = true;
	fake_paint(&fake, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.frames == 2);
	fake_tell(&fake, LINK_SPICE_DISPLAY_BLANK, &dark, -1);
	FAKE_UNTIL(&fake, seen.states[SOURCE_DARK] == 1);
	CHECK_EQ(*(const uint8_t *)frame_pixels(seen.last), 1);
	source_refresh(source);
	CHECK_EQ(seen.frames, 2);
	g_clear_pointer(&seen.last, frame_unref);
	FAKE_UNTIL(&fake, fake.done == 2);
}

static void what_no_presenter_shows_is_copied(void)
{
	open_all();
	seen.refuse = true;
	fake_texture(&fake, texture_memory(), false);
	fake_paint(&fake, FAKE_ALL);
	FAKE_UNTIL(&fake, fake.watches == 2);
	CHECK(fake.watching && !fake.textures);
	FAKE_UNTIL(&fake, fake.done == 1);
	fake_texture(&fake, texture_memory(), false); /* it had not heard yet */
	fake_paint(&fake, FAKE_ALL);
	fake_settle(&fake);
	CHECK_EQ(fake.watches, 2);
	fake_show(&fake);
	fake_draw(&fake, 0, 5, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.colour == 5);
	source_watch(source, false);
	source_watch(source, true);
	FAKE_UNTIL(&fake, fake.watches == 4);
	CHECK(!fake.textures);
}

/* ---- hostile ---- */

static void no_texture(const char *why, const struct link_spice_texture *body, int fd)
{
	unsigned dark = seen.states[SOURCE_DARK], running = seen.states[SOURCE_RUNNING];

	fake_tell(&fake, LINK_SPICE_DISPLAY_TEXTURE, body, fd);
	FAKE_UNTIL(&fake, seen.states[SOURCE_DARK] + seen.states[SOURCE_RUNNING] > dark + running);
	if (seen.states[SOURCE_RUNNING] > running)
		test_fail("was believed: %s", why);
	close(fd);
}

static void textures_that_cannot_be_are_refused(void)
{
	struct link_spice_texture body;

	open_all();
	body = fake_texture_layout(&fake);
	no_texture("it may shrink", &body, fake_memory(FAKE_SLOT, F_SEAL_GROW));
	no_texture("too small", &body, fake_memory(FAKE_SLOT - MEM_PAGE, F_SEAL_SHRINK));
	no_texture("a socket", &body, dup(link_fd(fake.link)));
	body.fourcc = 0x3231564e; /* NV12 */
	no_texture("a film", &body, texture_memory());
	body = fake_texture_layout(&fake);
	body.width = body.view.width = 1u << 30;
	body.pitch = 0;
	no_texture("the row overflows", &body, texture_memory());
	body = fake_texture_layout(&fake);
	body.view.x = UINT32_MAX;
	no_texture("its view is elsewhere", &body, texture_memory());
}

static void drawings_outside_are_refused(void)
{
	static const struct link_spice_rect outside[] = {
		{ FAKE_WIDTH - 1, 0, 2, 1 },
		{ 0, FAKE_HEIGHT, 1, 1 },
		{ UINT32_MAX, 0, 2, 1 },
		{ 0, 1, 1, UINT32_MAX },
	};

	open_all();
	for (unsigned i = 0; i < ARRAY_LEN(outside); i++) {
		fake_texture(&fake, texture_memory(), false);
		fake_paint(&fake, outside[i]);
		FAKE_UNTIL(&fake, seen.states[SOURCE_DARK] == i + 1);
		CHECK_EQ(seen.frames, 0);
	}
}

static void no_surface(const char *why, const struct link_spice_surface *body, int fd)
{
	unsigned dark = seen.states[SOURCE_DARK], running = seen.states[SOURCE_RUNNING];

	fake_tell(&fake, LINK_SPICE_DISPLAY_SURFACE, body, fd);
	FAKE_UNTIL(&fake, seen.states[SOURCE_DARK] + seen.states[SOURCE_RUNNING] > dark + running);
	if (seen.states[SOURCE_RUNNING] > running)
		test_fail("was believed: %s", why);
	close(fd);
}

static void surfaces_that_cannot_be_are_refused(void)
{
	const int seals = F_SEAL_SHRINK;
	const size_t size = FAKE_SLOT * FAKE_SLOTS;
	struct link_spice_surface body;

	open_all();
	body = fake_layout(&fake);
	no_surface("it may shrink", &body, fake_memory(size, F_SEAL_GROW));
	no_surface("too small", &body, fake_memory(size - MEM_PAGE, seals));
	no_surface("no file", &body, dup(link_fd(fake.link)));
	body.pitch = 4;
	no_surface("rows overlap", &body, fake_memory(size, seals));
	body = fake_layout(&fake);
	body.slot_size = (UINT64_MAX / 3 + 1) & ~(uint64_t)4095;
	no_surface("the product overflows", &body, fake_memory(size, seals));
	body = fake_layout(&fake);
	body.slots = 5;
	no_surface("too many slots", &body, fake_memory(FAKE_SLOT * 5, seals));
	body.slots = 0;
	no_surface("no slots", &body, fake_memory(0, seals));
	body = fake_layout(&fake);
	body.slot_size = MEM_PAGE;
	no_surface("slots too small", &body, fake_memory(MEM_PAGE * 3, seals));
	body = fake_layout(&fake);
	body.width = 0;
	no_surface("no width", &body, fake_memory(size, seals));
	body.width = UINT32_MAX;
	no_surface("much width", &body, fake_memory(size, seals));
}

static void no_picture(const char *why, const struct link_spice_frame *body)
{
	unsigned dark = seen.states[SOURCE_DARK];

	fake_show(&fake);
	fake_draw(&fake, 0, 1, FAKE_ALL);
	FAKE_UNTIL(&fake, seen.states[SOURCE_RUNNING] > dark);
	struct link_spice_frame told = *body;
	told.surface = fake.surface;
	unsigned frames = seen.frames;
	fake_tell(&fake, LINK_SPICE_DISPLAY_FRAME, &told, -1);
	FAKE_UNTIL(&fake, seen.states[SOURCE_DARK] > dark);
	if (seen.frames > frames + 1)
		test_fail("was believed: %s", why);
}

static void pictures_that_cannot_be_are_refused(void)
{
	open_all();
	no_picture("it is lent", &(struct link_spice_frame){ .slot = 0 });
	no_picture("no such slot", &(struct link_spice_frame){ .slot = FAKE_SLOTS });
	no_picture("far slot", &(struct link_spice_frame){ .slot = UINT32_MAX });
	no_picture("many rectangles", &(struct link_spice_frame){ .slot = 1, .count = 65 });
	no_picture("outside", &(struct link_spice_frame){
				      .slot = 1, .count = 1, .rects = { { 60, 0, 5, 1 } } });
	no_picture("around the corner",
		   &(struct link_spice_frame){
			   .slot = 1, .count = 1, .rects = { { UINT32_MAX, 0, 2, 1 } } });
	fake_show(&fake);
	fake_draw(&fake, 2, 5, FAKE_ALL);
	unsigned frames = seen.frames;
	FAKE_UNTIL(&fake, seen.frames == frames + 1); /* and life goes on */
}

static const struct test_case cases[] = {
	TEST(pictures_arrive_where_they_lie),
	TEST(only_what_changed_is_damaged),
	TEST(old_damage_is_everything),
	TEST(slots_are_kept_as_long_as_needed),
	TEST(another_mode_is_another_surface),
	TEST(while_busy_the_newest_waits),
	TEST(what_nobody_sees_is_not_watched),
	TEST(blanks_and_losses_are_told),
	TEST(the_pointer_is_drawn_where_it_points),
	TEST(textures_arrive_as_they_are),
	TEST(flipped_textures_are_kept_upright),
	TEST(the_guest_waits_until_it_was_read),
	TEST(pages_are_turned_without_a_word),
	TEST(surfaces_and_textures_take_turns),
	TEST(textures_live_as_long_as_their_frames),
	TEST(what_no_presenter_shows_is_copied),
	TEST(textures_that_cannot_be_are_refused),
	TEST(drawings_outside_are_refused),
	TEST(surfaces_that_cannot_be_are_refused),
	TEST(pictures_that_cannot_be_are_refused),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	close_all();
	return status;
}
