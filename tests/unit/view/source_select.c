/* Shared memory and SPICE's screen, whichever is there. */
#include "view/source/select.h"

#include "fake_spice.h"
#include "unit/lib/rig.h"

#define SPICE_COLOUR 0xcc

static struct fake fake;
static struct guest guest;
static struct source *source;

/* What a window would have shown. */
static struct {
	unsigned frames, from_spice, from_memory, notices;
	uint64_t memory_ns; /* when its first picture came */
	struct cursor cursor;
	enum source_state state;
	char text[128];
} seen;

static void on_picture(void *data, struct frame *frame)
{
	(void)data;
	CHECK_EQ(seen.state, SOURCE_RUNNING);
	seen.frames++;
	if (frame->image.width == FAKE_WIDTH) {
		seen.from_spice++;
		return;
	}
	if (!seen.from_memory++)
		seen.memory_ns = clock_ns();
}

static void on_pointer(void *data, const struct cursor *cursor)
{
	(void)data;
	seen.cursor = *cursor;
}

static void on_status(void *data, const struct source_status *status)
{
	(void)data;
	seen.state = status->state;
	seen.notices += status->state != SOURCE_RUNNING;
	g_strlcpy(seen.text, status->text, sizeof(seen.text));
}

static const struct source_listener listener = { on_picture, on_pointer, on_status };

static void close_all(void)
{
	source_destroy(source);
	if (fake.spice)
		fake_close(&fake);
	if (guest.shm)
		guest_finish(&guest);
	source = NULL;
}

/* There is memory, and nobody has written into it. */
static void open_all(void)
{
	g_autoptr(GError) error = NULL;

	close_all();
	memset(&fake, 0, sizeof(fake));
	memset(&seen, 0, sizeof(seen));
	memset(&guest, 0, sizeof(guest));
	guest_extend(&guest, false);
	fake_open(&fake);
	g_autofree char *memory = g_strdup_printf("/proc/self/fd/%d", guest.shm->fd);
	source = source_select_create(memory, fake.spice, 2, &listener, NULL, &error);
	if (!source)
		test_fail("%s", error->message);
	FAKE_UNTIL(&fake, fake.watching);
	CHECK_EQ(fake.monitor, 2);
}

static void draw_spice(uint32_t slot)
{
	fake_draw(&fake, slot, SPICE_COLOUR, FAKE_ALL);
}

static void show_spice(void)
{
	unsigned before = seen.from_spice;

	fake_show(&fake);
	draw_spice(0);
	FAKE_UNTIL(&fake, seen.from_spice > before);
}

static void show_memory(void)
{
	unsigned before = seen.from_memory;

	guest_publish(&guest, NULL);
	guest_fill(&guest, guest.image.data_height);
	FAKE_UNTIL(&fake, seen.from_memory > before);
}

static void spice_is_shown_until_memory_has_a_picture(void)
{
	open_all();
	show_spice();
	CHECK_EQ(seen.frames, 1);
	guest_start(&guest, "Oriel test");
	draw_spice(1);
	FAKE_UNTIL(&fake, seen.from_spice == 2 && atomic_load(&guest.knocks));
	CHECK_EQ(seen.from_memory, 0); /* a capture program is no picture yet */
	unsigned notices = seen.notices;
	uint64_t began = clock_ns();
	show_memory();
	printf("# switched in %.1f ms\n", (double)(seen.memory_ns - began) / 1e6);
	CHECK_EQ(seen.notices, notices);
	FAKE_UNTIL(&fake, !fake.watching);
	CHECK_EQ(fake.watches, 2);
	/* What is on its way comes to nothing. */
	draw_spice(2);
	show_memory();
	fake_settle(&fake);
	CHECK_EQ(seen.from_spice, 2);
}

static void spice_is_not_watched_while_memory_is_shown(void)
{
	open_all();
	show_spice();
	guest_start(&guest, "Oriel test");
	show_memory();
	FAKE_UNTIL(&fake, !fake.watching);
	for (unsigned i = 0; i < 20; i++)
		show_memory();
	CHECK_EQ(fake.watches, 2);
	CHECK_EQ(seen.from_spice, 1);
}

static void spice_takes_over_without_a_notice(void)
{
	open_all();
	show_spice();
	guest_start(&guest, "Oriel test");
	show_memory();
	FAKE_UNTIL(&fake, !fake.watching);
	unsigned notices = seen.notices;
	guest_stop(&guest, false);
	FAKE_UNTIL(&fake, fake.watching);
	show_spice();
	CHECK_EQ(seen.notices, notices);
	CHECK_EQ(seen.state, SOURCE_RUNNING);
}

static void without_any_picture_it_is_said(void)
{
	open_all();
	guest_start(&guest, "Oriel test");
	show_memory();
	unsigned notices = seen.notices;
	guest_stop(&guest, false);
	FAKE_UNTIL(&fake, seen.notices > notices);
	CHECK_EQ(seen.state, SOURCE_LOST);
	CHECK(fake.watching);
}

/* Each way has a pointer of its own. */
static void pointers_do_not_mix(void)
{
	struct link_spice_cursor cursor = { 1, 1, 7, 8 };

	open_all();
	show_spice();
	fake_tell(&fake, LINK_SPICE_CURSOR, &cursor, -1);
	FAKE_UNTIL(&fake, seen.cursor.visible);
	CHECK_EQ(seen.cursor.x, 7);
	guest_start(&guest, "Oriel test");
	show_memory();
	CHECK(!seen.cursor.visible || seen.cursor.x != 7);
	guest_stop(&guest, false);
	FAKE_UNTIL(&fake, fake.watching);
	show_spice();
	CHECK(seen.cursor.visible);
	CHECK_EQ(seen.cursor.x, 7);
}

static void hidden_windows_watch_nothing(void)
{
	open_all();
	show_spice();
	source_watch(source, false);
	FAKE_UNTIL(&fake, !fake.watching);
	source_watch(source, true);
	FAKE_UNTIL(&fake, fake.watching);
	show_spice();
	CHECK_EQ(seen.state, SOURCE_RUNNING);
}

static void a_machine_that_goes_is_told_of(void)
{
	struct link_spice_state lost = { LINK_SPICE_LOST };

	open_all();
	show_spice();
	unsigned notices = seen.notices;
	fake_tell(&fake, LINK_SPICE_STATE, &lost, -1);
	FAKE_UNTIL(&fake, seen.notices > notices);
	show_spice();
	CHECK_EQ(seen.state, SOURCE_RUNNING);
}

static void the_agent_is_asked_for_a_size(void)
{
	open_all();
	source_want(source, 1111, 777, 120, 60000);
	FAKE_UNTIL(&fake, fake.size.width);
	CHECK_EQ(fake.size.monitor, 2);
	CHECK_EQ(fake.size.width, 1111);
	CHECK_EQ(fake.size.height, 777);
}

static const struct test_case cases[] = {
	TEST(spice_is_shown_until_memory_has_a_picture),
	TEST(spice_is_not_watched_while_memory_is_shown),
	TEST(spice_takes_over_without_a_notice),
	TEST(without_any_picture_it_is_said),
	TEST(pointers_do_not_mix),
	TEST(hidden_windows_watch_nothing),
	TEST(a_machine_that_goes_is_told_of),
	TEST(the_agent_is_asked_for_a_size),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	close_all();
	return status;
}
