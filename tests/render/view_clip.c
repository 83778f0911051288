/* A whole viewer between an X server's clipboard and a guest's: this program speaks as oriel-spice,
 * and xclip is the desktop. */
#include <linux/input-event-codes.h>
#include <unistd.h>

#include "clip_rig.h"
#include "link/spice.h"
#include "view/window/x11/x11.h"
#include "view_hands.h"

static struct server server;
static struct script script;
static struct viewer viewer;

static struct {
	struct link *link;
	unsigned asks[LINK_SPICE_ASK_COUNT];
	struct link_spice_offer offer;
	struct link_spice_want want;
	char given[64];
} guest;

static void hear(void)
{
	struct link_message *message;
	struct parcel_view view;
	struct err err;

	while (link_receive(guest.link, &message, &err) == 0) {
		guest.asks[message->type]++;
		if (message->type == LINK_SPICE_CLIP_OFFER)
			guest.offer = *(const struct link_spice_offer *)message->body;
		if (message->type == LINK_SPICE_CLIP_WANT)
			guest.want = *(const struct link_spice_want *)message->body;
		if (message->type == LINK_SPICE_CLIP_GIVE &&
		    parcel_map(message->fds[0], &view) == 0) {
			CHECK(view.size < sizeof(guest.given));
			memcpy(guest.given, view.bytes, view.size);
			guest.given[view.size] = '\0';
			parcel_unmap(&view);
		}
	}
}

static void tell(enum link_spice_tell type, const void *body, const int *fd)
{
	CHECK_EQ(link_send(guest.link, type, body, NULL, fd), 0);
}

static bool has_asked(void *type)
{
	hear();
	return guest.asks[*(enum link_spice_ask *)type] > 0;
}

static void await(enum link_spice_ask type, const char *what)
{
	pump_until(has_asked, &type, what);
	guest.asks[type] = 0;
}

/* Not the newest one: the clipboard has one, too. */
static xcb_window_t window(void)
{
	return ((struct x11 *)app_window(viewer.app))->id;
}

static void close_all(void)
{
	if (viewer.app)
		viewer_stop(&viewer);
	link_destroy(guest.link);
	memset(&guest, 0, sizeof(guest));
	script_finish(&script);
	server_stop(&server);
}

static void open_all(void)
{
	int ends[2];

	if (system("command -v xclip >/dev/null") != 0)
		test_skip("xclip is not installed");
	server_start(&server, "640x480x24");
	script_init(&script, 320, 240, 0);
	CHECK_EQ(link_pair(ends), 0);
	CHECK_EQ(link_create(&guest.link, ends[1], &link_spice_tells, &link_spice_asks), 0);
	viewer.options = (struct options){
		.spice = { .enabled = TRUE, .address = (char *)"/nonexistent", .link = ends[0] },
		.clipboard = { TRUE, TRUE, TRUE },
		.input = { .enabled = TRUE, .escape_key = KEY_SCROLLLOCK },
	};
	viewer_start(&viewer, &script);
	tell(LINK_SPICE_HELLO, NULL, NULL);
	await(LINK_SPICE_OPEN, "it has been greeted");
	script_status(&script, SOURCE_RUNNING, "");
	script_draw(&script, (struct rect){ 0, 0, 320, 240 });
	script_post(&script, NULL);
	viewer_shown(&viewer, 1);
}

static void copies_cross_with_the_focus(void)
{
	struct link_spice_want want = { 1, LINK_SPICE_CLIPBOARD, LINK_SPICE_TEXT };

	open_all();
	hands_focus(&server, XCB_NONE);
	g_free(shell("printf 'from here' | xclip -selection clipboard -in >/dev/null"));
	pump_ms(100);
	hear();
	CHECK_EQ(guest.asks[LINK_SPICE_CLIP_OFFER], 0);
	hands_focus(&server, window());
	await(LINK_SPICE_CLIP_OFFER, "it is offered");
	CHECK_EQ(guest.offer.kinds, 1u << LINK_SPICE_TEXT);
	tell(LINK_SPICE_CLIP_WANTED, &want, NULL);
	await(LINK_SPICE_CLIP_GIVE, "it is given");
	CHECK_STR(guest.given, "from here");
	close_all();
}

static bool is_pasted(void *data)
{
	g_autofree char *pasted = shell("xclip -selection clipboard -out 2>/dev/null");

	return strcmp(pasted, data) == 0;
}

static gboolean on_tick(gpointer data)
{
	int fd;

	(void)data;
	hear();
	if (guest.asks[LINK_SPICE_CLIP_WANT] == 0)
		return G_SOURCE_CONTINUE;
	guest.asks[LINK_SPICE_CLIP_WANT] = 0;
	fd = parcel_of("from there", 10);
	tell(LINK_SPICE_CLIP_GIVEN, &(struct link_spice_errand){ guest.want.id }, &fd);
	close(fd);
	return G_SOURCE_CONTINUE;
}

static void guests_copies_are_pasted_here(void)
{
	unsigned tick;

	open_all();
	hands_focus(&server, window());
	pump_ms(50);
	tell(LINK_SPICE_CLIP_OFFERED,
	     &(struct link_spice_offer){ LINK_SPICE_CLIPBOARD, 1u << LINK_SPICE_TEXT }, NULL);
	tick = g_timeout_add(5, on_tick, NULL);
	pump_until(is_pasted, (void *)"from there", "it is pasted");
	g_source_remove(tick);
	close_all();
}

/* The key that ends what takes too long. */
static void a_key_cancels(void)
{
	struct link_spice_want want = { 1, LINK_SPICE_CLIPBOARD, LINK_SPICE_TEXT };

	open_all();
	viewer.options.keys[ACTION_CANCEL] = (struct chord){ KEY_ESC, 0 };
	hands_focus(&server, window());
	g_autofree char *name = shell("printf slow | xclip -quiet -selection clipboard -in "
				      ">/dev/null 2>&1 & echo $!");
	await(LINK_SPICE_CLIP_OFFER, "it is offered");
	CHECK(*name);
	g_autofree char *stop = g_strdup_printf("kill -STOP %d", atoi(name));
	g_free(shell(stop));
	tell(LINK_SPICE_CLIP_WANTED, &want, NULL);
	pump_ms(100);
	hands_key(&server, KEY_SCROLLLOCK, true);
	hands_tap(&server, KEY_ESC);
	hands_key(&server, KEY_SCROLLLOCK, false);
	await(LINK_SPICE_CLIP_REFUSE, "it is refused");
	g_autofree char *end = g_strdup_printf("kill -KILL %d", atoi(name));
	g_free(shell(end));
	close_all();
}

static const struct test_case cases[] = {
	TEST(copies_cross_with_the_focus),
	TEST(guests_copies_are_pasted_here),
	TEST(a_key_cancels),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
