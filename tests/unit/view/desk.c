/* The sound's desk, with this program in oriel-spice's place. */
#include "view/sound/desk.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "test.h"

#define PATIENCE_MS 20000

static struct {
	struct options options;
	struct spice *spice;
	struct desk *desk;
	struct link *link; /* oriel-spice's end */
	char *folder;
	bool late;

	/* What was asked of oriel-spice. */
	unsigned sounds, devices, listens, loudnesses;
	struct link_spice_sound sound;
	struct link_spice_loudness loudness;
	uint32_t allowed, device_end;
	char device[64];

	/* What the app was told. */
	bool can_ask, asked, listening;
	unsigned asks, withdrawals, alerts;
	char alert[256];
} rig;

static void hear(struct link_message *message)
{
	switch (message->type) {
	case LINK_SPICE_SOUND:
		rig.sounds++;
		rig.sound = *(const struct link_spice_sound *)message->body;
		break;
	case LINK_SPICE_SOUND_DEVICE:
		rig.devices++;
		rig.device_end = *(const uint32_t *)message->body;
		CHECK_EQ(rig.sounds, 0);
		g_strlcpy(rig.device, message->text, sizeof(rig.device));
		break;
	case LINK_SPICE_SOUND_LISTEN:
		rig.listens++;
		rig.allowed = *(const uint32_t *)message->body;
		break;
	case LINK_SPICE_SOUND_LOUDNESS:
		rig.loudnesses++;
		rig.loudness = *(const struct link_spice_loudness *)message->body;
		break;
	}
}

static void hear_all(void)
{
	struct link_message *message;
	struct err err;

	while (rig.link && link_receive(rig.link, &message, &err) == 0)
		hear(message);
}

static gboolean on_tick(gpointer data)
{
	(void)data;
	return G_SOURCE_CONTINUE;
}

static gboolean on_late(gpointer data)
{
	(void)data;
	rig.late = true;
	return G_SOURCE_CONTINUE;
}

#define RUN_UNTIL(condition)                                                                       \
	do {                                                                                       \
		unsigned timer_ = g_timeout_add(PATIENCE_MS, on_late, NULL);                       \
		unsigned tick_ = g_timeout_add(5, on_tick, NULL);                                  \
		rig.late = false;                                                                  \
		for (hear_all(); !(condition) && !rig.late; hear_all())                            \
			g_main_context_iteration(NULL, TRUE);                                      \
		g_source_remove(timer_);                                                           \
		g_source_remove(tick_);                                                            \
		CHECK(condition);                                                                  \
	} while (0)

static bool on_ask(void *data)
{
	(void)data;
	rig.asks++;
	rig.asked = rig.can_ask;
	return rig.can_ask;
}

static void on_withdraw(void *data)
{
	(void)data;
	rig.withdrawals++;
	rig.asked = false;
}

static void on_listening(void *data, bool listens)
{
	(void)data;
	rig.listening = listens;
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	rig.alerts++;
	g_strlcpy(rig.alert, text, sizeof(rig.alert));
}

static const struct desk_listener listener = { on_ask, on_withdraw, on_listening, on_alert };

static void tell(uint32_t type, const void *body, const char *text)
{
	CHECK_EQ(link_send(rig.link, type, body, text, NULL), 0);
}

static void tell_state(uint32_t flags)
{
	tell(LINK_SPICE_SOUND_STATE, &(struct link_spice_sound_state){ flags }, NULL);
}

static void close_all(void)
{
	desk_destroy(rig.desk);
	spice_destroy(rig.spice);
	link_destroy(rig.link);
	rig.desk = NULL;
	rig.spice = NULL;
	rig.link = NULL;
}

/* As a viewer that starts. */
static void open_desk(const char *address, enum permission microphone)
{
	char *folder = rig.folder;
	int ends[2];

	close_all();
	memset(&rig, 0, sizeof(rig));
	rig.folder = folder;
	rig.can_ask = true;
	CHECK_EQ(link_pair(ends), 0);
	CHECK_EQ(link_create(&rig.link, ends[1], &link_spice_tells, &link_spice_asks), 0);
	rig.options.spice.address = (char *)address;
	rig.options.spice.link = ends[0];
	rig.options.audio = (struct audio_options){ .enabled = TRUE,
						    .sync_volume = TRUE,
						    .latency = -1,
						    .output = (char *)"headphones",
						    .microphone = microphone };
	rig.spice = spice_create(&rig.options.spice, NULL, NULL);
	rig.desk = desk_create(rig.spice, &rig.options, &listener, NULL);
	tell(LINK_SPICE_HELLO, NULL, NULL);
	RUN_UNTIL(rig.sounds == 1);
}

static void what_is_wanted_is_said_at_the_start(void)
{
	open_desk("/vm", PERMISSION_ASK);
	CHECK_EQ(rig.sound.enabled, 1);
	CHECK_EQ(rig.sound.latency_ms, LINK_SPICE_LATENCY_AUTO);
	CHECK_EQ(rig.sound.sync_volume, 1);
	CHECK_EQ(rig.devices, 1);
	CHECK_EQ(rig.device_end, LINK_SPICE_SPEAKER);
	CHECK_STR(rig.device, "headphones");
	CHECK_EQ(rig.listens, 1);
	CHECK_EQ(rig.allowed, 0);
	CHECK_EQ(rig.asks, 0);
	/* And again to one that has started anew. */
	tell(LINK_SPICE_HELLO, NULL, NULL);
	rig.sounds = 0;
	RUN_UNTIL(rig.sounds == 1);
	CHECK_EQ(rig.listens, 2);
}

static void changed_settings_are_said(void)
{
	open_desk("/vm", PERMISSION_ASK);
	rig.options.audio.latency = 30;
	rig.options.audio.sync_volume = FALSE;
	desk_settle(rig.desk);
	RUN_UNTIL(rig.sounds == 2);
	CHECK_EQ(rig.sound.latency_ms, 30);
	CHECK_EQ(rig.sound.sync_volume, 0);
	rig.options.audio.microphone = PERMISSION_ALLOW;
	desk_settle(rig.desk);
	RUN_UNTIL(rig.allowed == 1);
	rig.options.audio.microphone = PERMISSION_DENY;
	desk_settle(rig.desk);
	RUN_UNTIL(rig.allowed == 0);
}

static void nobody_listens_before_the_answer(void)
{
	open_desk("/vm", PERMISSION_ASK);
	tell_state(LINK_SPICE_WANTS_TO_LISTEN);
	RUN_UNTIL(rig.asked);
	CHECK_EQ(rig.allowed, 0);
	desk_answer(rig.desk, DESK_NOW);
	RUN_UNTIL(rig.allowed == 1);
	tell_state(LINK_SPICE_WANTS_TO_LISTEN | LINK_SPICE_LISTENS);
	RUN_UNTIL(rig.listening);
	desk_turn_microphone(rig.desk);
	RUN_UNTIL(rig.allowed == 0);
	tell_state(LINK_SPICE_WANTS_TO_LISTEN);
	RUN_UNTIL(!rig.listening);
	CHECK_EQ(rig.asks, 1);
	/* What was for now is forgotten. */
	open_desk("/vm", PERMISSION_ASK);
	CHECK_EQ(rig.allowed, 0);
}

static void a_question_ends_with_its_reason(void)
{
	open_desk("/vm", PERMISSION_ASK);
	tell_state(LINK_SPICE_WANTS_TO_LISTEN);
	RUN_UNTIL(rig.asked);
	tell_state(0);
	RUN_UNTIL(rig.withdrawals == 1);
	tell_state(LINK_SPICE_WANTS_TO_LISTEN);
	RUN_UNTIL(rig.asks == 2);
	desk_answer(rig.desk, DESK_NOT_NOW);
	tell_state(0);
	tell_state(LINK_SPICE_WANTS_TO_LISTEN);
	tell(LINK_SPICE_SOUND_ALERT, NULL, "behind it");
	RUN_UNTIL(strcmp(rig.alert, "behind it") == 0);
	CHECK_EQ(rig.asks, 2);
	CHECK_EQ(rig.allowed, 0);
}

static void who_cannot_be_asked_is_asked_later(void)
{
	open_desk("/vm", PERMISSION_ASK);
	rig.can_ask = false;
	tell_state(LINK_SPICE_WANTS_TO_LISTEN);
	RUN_UNTIL(rig.asks == 1);
	rig.can_ask = true;
	desk_ask(rig.desk);
	CHECK(rig.asked);
	desk_answer(rig.desk, DESK_NOW);
	RUN_UNTIL(rig.allowed == 1);
}

static void an_answer_can_be_remembered_of_this_server_only(void)
{
	open_desk("/run/one/spice.sock", PERMISSION_ASK);
	desk_answer(rig.desk, DESK_ALWAYS);
	RUN_UNTIL(rig.allowed == 1);
	open_desk("/run/two/spice.sock", PERMISSION_ASK);
	CHECK_EQ(rig.allowed, 0);
	desk_answer(rig.desk, DESK_NEVER);
	open_desk("/run/one/spice.sock", PERMISSION_ASK);
	CHECK_EQ(rig.allowed, 1);
	open_desk("/run/one/spice.sock", PERMISSION_DENY);
	CHECK_EQ(rig.allowed, 0);
	open_desk("/run/two/spice.sock", PERMISSION_ASK);
	tell_state(LINK_SPICE_WANTS_TO_LISTEN);
	tell(LINK_SPICE_SOUND_ALERT, NULL, "behind it");
	RUN_UNTIL(rig.alerts == 1);
	CHECK_EQ(rig.asks, 0);
}

static void keys_change_the_volume(void)
{
	open_desk("/vm", PERMISSION_ASK);
	tell(LINK_SPICE_SOUND_LOUD, &(struct link_spice_loudness){ 0, 32768, 0 }, NULL);
	tell(LINK_SPICE_SOUND_LOUD, &(struct link_spice_loudness){ 1, 1, 1 }, NULL);
	tell(LINK_SPICE_SOUND_LOUD, &(struct link_spice_loudness){ 77, 1, 1 }, NULL);
	tell(LINK_SPICE_SOUND_ALERT, NULL, "behind it");
	RUN_UNTIL(rig.alerts == 1);
	desk_louder(rig.desk, 2);
	RUN_UNTIL(rig.loudnesses == 1);
	CHECK_STR(rig.alert, "volume: 60 %");
	CHECK_EQ(rig.loudness.volume, 32768 + 2 * (65536 / 20));
	desk_turn_mute(rig.desk);
	RUN_UNTIL(rig.loudness.muted == 1);
	CHECK_STR(rig.alert, "muted");
	desk_louder(rig.desk, -100);
	RUN_UNTIL(rig.loudness.muted == 0);
	CHECK_EQ(rig.loudness.volume, 0);
	desk_louder(rig.desk, 100);
	RUN_UNTIL(rig.loudness.volume == 65536);
}

static void another_server_is_another_machine(void)
{
	open_desk("/vm", PERMISSION_ASK);
	desk_answer(rig.desk, DESK_NOW);
	RUN_UNTIL(rig.allowed == 1);
	rig.options.spice.address = (char *)"/other";
	desk_settle(rig.desk);
	RUN_UNTIL(rig.allowed == 0);
}

static void a_lost_helper_listens_no_more(void)
{
	open_desk("/vm", PERMISSION_ALLOW);
	CHECK_EQ(rig.allowed, 1);
	tell_state(LINK_SPICE_WANTS_TO_LISTEN | LINK_SPICE_LISTENS);
	RUN_UNTIL(rig.listening);
	link_destroy(rig.link);
	rig.link = NULL;
	RUN_UNTIL(!rig.listening);
}

static const struct test_case cases[] = {
	TEST(what_is_wanted_is_said_at_the_start),
	TEST(changed_settings_are_said),
	TEST(nobody_listens_before_the_answer),
	TEST(a_question_ends_with_its_reason),
	TEST(who_cannot_be_asked_is_asked_later),
	TEST(an_answer_can_be_remembered_of_this_server_only),
	TEST(keys_change_the_volume),
	TEST(another_server_is_another_machine),
	TEST(a_lost_helper_listens_no_more),
};

int main(int argc, char **argv)
{
	g_autofree char *folder = g_dir_make_tmp("oriel-desk.XXXXXX", NULL);
	g_autofree char *rest = g_strdup_printf("rm -rf '%s'", folder);

	rig.folder = folder;
	g_setenv("XDG_STATE_HOME", folder, TRUE);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	close_all();
	if (system(rest) != 0)
		printf("# %s stays\n", folder);
	return status;
}
