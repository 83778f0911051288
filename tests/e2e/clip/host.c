/* The clipboard between a desktop that does what the test says and a real guest's agent: through
 * the viewer's exchange, oriel-spice and QEMU's SPICE server. The same way for files. */
#include <glib-unix.h>
#include <signal.h>
#include <sys/stat.h>

#include "e2e/guest.h"
#include "link/parcel.h"
#include "view/clip/exchange.h"
#include "view/clip/files.h"

#include "portal.h"
#include "words.h"

#define BOOT_S     90
#define PATIENCE_S 60
#define LIFE_S     280 /* of each program we start, whatever happens */
#define MIB        (1 << 20)

static struct guest_machine machine;

static struct {
	struct spice_options options;
	struct clipboard_options clipboard;
	struct spice *spice;
	struct exchange *exchange;
	struct files *files;
	unsigned watch;
	bool late, booted, greeted, ready;

	/* What the agent said. */
	char said[128];
	unsigned got_type, got_selection, gots, done, dones, offered, offers, released, asked;
	size_t got_size;
	unsigned long long got_digest;
	unsigned files_begun, files_held, files_filed, files_unfiled;
	unsigned long long file_size, file_digest, file_came;
	char file_name[300];
	unsigned monitors, monitor[2]; /* asked for; the last one's size */
	unsigned volumes, volume[4];   /* told; playback, muted, how many, the first */

	/* What the desktop was told. */
	struct clip *clip;
	unsigned desk_offers, desk_kinds, desk_gives, desk_refusals, desk_wants, alerts, statuses;
	char *given;
	size_t given_size;
	uint32_t last_id;
	const char *bytes; /* that the desktop has; NULL: but does not give */
	size_t size;
	bool slow; /* it does not answer either */
	char status[256], alert[256];
} rig;

/* ---- the desktop ---- */

static struct clip *desk_create(struct window *window, GError **error)
{
	(void)window, (void)error;
	return rig.clip = g_new0(struct clip, 1);
}

static void desk_offer(struct clip *self, enum clip_selection selection, unsigned kinds)
{
	(void)self;
	if (selection == CLIP_CLIPBOARD) {
		rig.desk_offers++;
		rig.desk_kinds = kinds;
	}
}

static void desk_want(struct clip *self, uint32_t id, enum clip_selection selection,
		      enum clip_kind kind)
{
	(void)selection, (void)kind;
	rig.desk_wants++;
	if (rig.slow)
		return;
	if (!rig.bytes) {
		self->listener->refused(self->data, id, "it may not");
		return;
	}
	int fd = parcel_of(rig.bytes, rig.size);
	CHECK(fd >= 0);
	self->listener->given(self->data, id, fd);
	close(fd);
}

static void desk_cancel(struct clip *self, uint32_t id)
{
	(void)self, (void)id;
}

static void desk_give(struct clip *self, uint32_t id, int fd)
{
	struct parcel_view view;

	(void)self, (void)id;
	CHECK_EQ(parcel_map(fd, &view), 0);
	g_free(rig.given);
	rig.given = g_memdup2(view.bytes, view.size + !view.size);
	rig.given_size = view.size;
	rig.desk_gives++;
	parcel_unmap(&view);
}

static void desk_refuse(struct clip *self, uint32_t id)
{
	(void)self, (void)id;
	rig.desk_refusals++;
}

static void desk_destroy(struct clip *self)
{
	g_free(self);
}

static const struct clip_impl desk = {
	.name = "desk",
	.create = desk_create,
	.offer = desk_offer,
	.want = desk_want,
	.cancel = desk_cancel,
	.give = desk_give,
	.refuse = desk_refuse,
	.destroy = desk_destroy,
};

static void desk_copies(enum clip_kind kind, const char *bytes, size_t size)
{
	rig.bytes = bytes;
	rig.size = size;
	rig.clip->listener->offered(rig.clip->data, CLIP_CLIPBOARD, 1u << kind);
}

static void desk_pastes(enum clip_kind kind)
{
	rig.clip->listener->wanted(rig.clip->data, ++rig.last_id, CLIP_CLIPBOARD, kind);
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	rig.alerts++;
	g_strlcpy(rig.alert, text, sizeof(rig.alert));
}

static void on_status(void *data, const char *text)
{
	(void)data;
	rig.statuses++;
	g_strlcpy(rig.status, text ? text : "", sizeof(rig.status));
}

static const struct exchange_listener listener = { .alert = on_alert, .status = on_status };
static const struct files_listener files_listener = { on_alert, on_status };

/* ---- the guest ---- */

static void hear_file(const char *words)
{
	int name = 0;

	if (sscanf(words, "agent: file %llu %n", &rig.file_size, &name) == 1 && name) {
		g_strlcpy(rig.file_name, words + name, sizeof(rig.file_name));
		rig.files_begun++;
	}
	rig.files_filed += sscanf(words, "agent: filed %llu %llx", &rig.file_came,
				  &rig.file_digest) == 2;
	rig.files_held += sscanf(words, "agent: held %llu", &rig.file_came) == 1;
	rig.files_unfiled += sscanf(words, "agent: unfiled %llu", &rig.file_came) == 1;
}

static void hear_line(const char *line)
{
	const char *words = strstr(line, "agent: ");
	unsigned a, b;

	if (!words)
		return;
	g_strlcpy(rig.said, words, sizeof(rig.said));
	rig.booted |= strstr(words, "agent: ready") != NULL;
	rig.greeted |= strstr(words, "agent: caps") != NULL;
	rig.dones += strstr(words, "agent: done") != NULL;
	rig.asked += sscanf(words, "agent: asked %u %u", &a, &b) == 2;
	rig.released += sscanf(words, "agent: released %u", &a) == 1;
	if (sscanf(words, "agent: offered %u %x", &a, &b) == 2) {
		rig.offered = b;
		rig.offers++;
	}
	hear_file(words);
	sscanf(words, "agent: monitors %u %u %u", &rig.monitors, &rig.monitor[0], &rig.monitor[1]);
	rig.volumes += sscanf(words, "agent: volume %u %u %u %u", &rig.volume[0], &rig.volume[1],
			      &rig.volume[2], &rig.volume[3]) == 4;
	rig.gots += sscanf(words, "agent: got %u %u %zu %llx", &rig.got_selection, &rig.got_type,
			   &rig.got_size, &rig.got_digest) == 4;
}

static gboolean on_console(gint fd, GIOCondition condition, gpointer data)
{
	(void)fd, (void)condition, (void)data;
	if (guest_machine_hear(&machine, hear_line))
		return G_SOURCE_CONTINUE;
	rig.watch = 0;
	return G_SOURCE_REMOVE;
}

static gboolean on_late(gpointer data)
{
	(void)data;
	rig.late = true;
	return G_SOURCE_CONTINUE;
}

#define RUN_UNTIL(condition, seconds)                                                              \
	do {                                                                                       \
		unsigned timer_ = g_timeout_add_seconds(seconds, on_late, NULL);                   \
		rig.late = false;                                                                  \
		while (!(condition) && !rig.late)                                                  \
			g_main_context_iteration(NULL, TRUE);                                      \
		g_source_remove(timer_);                                                           \
		if (!(condition))                                                                  \
			test_fail("not within its time: %s; the agent's last: %s", #condition,     \
				  rig.said);                                                       \
	} while (0)

static void command(const char *line)
{
	unsigned before = rig.dones;

	guest_machine_tell(&machine, line);
	RUN_UNTIL(rig.dones > before, PATIENCE_S);
}

static void needs_guest(void)
{
	if (!rig.ready)
		test_skip("there is no guest");
}

/* ---- starting and stopping ---- */

static void start_machine(void)
{
	static const char script[] =
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 512 -nodefaults "
		"-no-user-config -display none -no-reboot -vga none "
		"-spice unix=on,addr=\"$3\"/spice,disable-ticketing=on "
		"-device virtio-serial-pci -chardev spicevmc,id=agent,name=vdagent "
		"-device virtserialport,chardev=agent,name=com.redhat.spice.0 "
		"-chardev socket,id=console,fd=3 -serial chardev:console "
		"-kernel \"$1\" -initrd \"$2\" "
		"-append 'quiet console=ttyS0 tsc=reliable mitigations=off panic=-1 -- listener'";

	guest_machine_start(&machine, LIFE_S, script, NULL, NULL);
	rig.watch = g_unix_fd_add(machine.console, G_IO_IN | G_IO_HUP, on_console, NULL);
}

static void stop_machine(void)
{
	if (rig.watch)
		g_source_remove(rig.watch);
	rig.watch = 0;
	guest_machine_stop(&machine);
	rig.ready = false;
}

static void open_exchange(void)
{
	rig.options = (struct spice_options){ .enabled = TRUE,
					      .wait = TRUE,
					      .address = g_strdup_printf("%s/spice",
									 machine.folder) };
	if (portal_possible())
		portal_start(); /* dropped files come by way of it */
	rig.clipboard = (struct clipboard_options){ TRUE, TRUE, TRUE, TRUE };
	rig.spice = spice_create(&rig.options, NULL, NULL);
	rig.exchange = exchange_create(&rig.clipboard, &desk, NULL, rig.spice, &listener, NULL);
	exchange_focus(rig.exchange, true);
	rig.files = files_create(&rig.clipboard, rig.spice, &files_listener, NULL);
}

/* ---- cases, each goes on where the one before ended ---- */

static void a_guest_with_an_agent_comes(void)
{
	guest_needs_spice();
	guest_machine_image(&machine, LIFE_S);
	start_machine();
	open_exchange();
	RUN_UNTIL(rig.booted && rig.greeted, BOOT_S);
	rig.ready = true;
}

/* In one direction and back, with what the viewer and the agent have to say of it. */
static void expect_there(enum clip_kind kind, const char *bytes, size_t size)
{
	unsigned offers = rig.offers, wants = rig.desk_wants, gots = rig.gots;
	g_autofree char *paste = g_strdup_printf("paste 0 %u\n", (unsigned)kind + 1);

	desk_copies(kind, bytes, size);
	RUN_UNTIL(rig.offers > offers, PATIENCE_S);
	CHECK_EQ(rig.offered, 2u << kind);
	CHECK_EQ(rig.desk_wants, wants); /* lazily */
	command(paste);
	RUN_UNTIL(rig.gots > gots, PATIENCE_S);
	CHECK_EQ(rig.got_type, (unsigned)kind + 1);
	CHECK_EQ(rig.got_size, size);
	CHECK_EQ(rig.got_digest, words_digest(bytes, size));
}

static void expect_here(enum clip_kind kind, const char *bytes, size_t size)
{
	unsigned offers = rig.desk_offers, gives = rig.desk_gives, asked = rig.asked;
	g_autofree char *copy = g_strdup_printf("copy 0 %u %zu\n", (unsigned)kind + 1, size);

	command(copy);
	RUN_UNTIL(rig.desk_offers > offers, PATIENCE_S);
	CHECK_EQ(rig.desk_kinds, 1u << kind);
	CHECK_EQ(rig.asked, asked);
	desk_pastes(kind);
	RUN_UNTIL(rig.desk_gives > gives, PATIENCE_S);
	CHECK_EQ(rig.given_size, size);
	CHECK(memcmp(rig.given, bytes, size) == 0);
}

static void both_ways(enum clip_kind kind, size_t size)
{
	g_autofree char *bytes = g_malloc(size + 1);
	int64_t start = g_get_monotonic_time();

	if (kind == CLIP_TEXT)
		words_text(bytes, size);
	else
		words_picture(bytes, size);
	expect_there(kind, bytes, size);
	int64_t middle = g_get_monotonic_time();
	expect_here(kind, bytes, size);
	printf("# %zu bytes: %.0f ms there, %.0f ms here\n", size, (double)(middle - start) / 1000,
	       (double)(g_get_monotonic_time() - middle) / 1000);
}

static void ten_bytes_go_both_ways(void)
{
	needs_guest();
	both_ways(CLIP_TEXT, 10);
}

static void a_mebibyte_of_text_goes_both_ways(void)
{
	needs_guest();
	both_ways(CLIP_TEXT, MIB);
}

static void pictures_go_both_ways(void)
{
	needs_guest();
	both_ways(CLIP_PNG, 3 * MIB + 17);
	both_ways(CLIP_BMP, 4711);
	both_ways(CLIP_JPEG, 1);
}

static void nothing_is_something_too(void)
{
	needs_guest();
	both_ways(CLIP_TEXT, 0);
}

static void refusals_arrive(void)
{
	needs_guest();
	unsigned offers = rig.offers, gots = rig.gots;
	desk_copies(CLIP_TEXT, NULL, 0);
	RUN_UNTIL(rig.offers > offers, PATIENCE_S);
	command("paste 0 1\n");
	RUN_UNTIL(rig.gots > gots, PATIENCE_S);
	CHECK_EQ(rig.got_type, 0);
	CHECK_EQ(rig.got_size, 0);
	command("paste 0 2\n"); /* a picture that nobody offered */
	RUN_UNTIL(rig.gots > gots + 1, PATIENCE_S);
	CHECK_EQ(rig.got_type, 0);
	exchange_focus(rig.exchange, false); /* while nobody looks */
	unsigned wants = rig.desk_wants;
	command("paste 0 1\n");
	RUN_UNTIL(rig.gots > gots + 2, PATIENCE_S);
	CHECK_EQ(rig.got_type, 0);
	CHECK_EQ(rig.desk_wants, wants);
	exchange_focus(rig.exchange, true);

	unsigned desk_offers = rig.desk_offers, refusals = rig.desk_refusals;
	command("copy 0 1 -1\n");
	RUN_UNTIL(rig.desk_offers > desk_offers, PATIENCE_S);
	desk_pastes(CLIP_TEXT);
	RUN_UNTIL(rig.desk_refusals > refusals, PATIENCE_S);
	CHECK_CONTAINS(rig.alert, "the guest does not give it");
}

static void what_takes_too_long_is_cancelled(void)
{
	needs_guest();
	unsigned desk_offers = rig.desk_offers, refusals = rig.desk_refusals, asked = rig.asked;
	command("copy 0 1 -2\n"); /* which is never given */
	RUN_UNTIL(rig.desk_offers > desk_offers, PATIENCE_S);
	desk_pastes(CLIP_TEXT);
	RUN_UNTIL(rig.asked > asked, PATIENCE_S);
	RUN_UNTIL(strstr(rig.status, "text for the desktop"), PATIENCE_S);
	CHECK(exchange_cancel(rig.exchange));
	CHECK_EQ(rig.desk_refusals, refusals + 1);
	CHECK_STR(rig.status, "");
	both_ways(CLIP_TEXT, 1000); /* nothing is in its way */

	unsigned offers = rig.offers, gots = rig.gots, wants = rig.desk_wants;
	rig.slow = true;
	desk_copies(CLIP_TEXT, "x", 1);
	RUN_UNTIL(rig.offers > offers, PATIENCE_S);
	command("paste 0 1\n");
	RUN_UNTIL(rig.desk_wants > wants, PATIENCE_S);
	CHECK(exchange_cancel(rig.exchange));
	rig.slow = false;
	RUN_UNTIL(rig.gots > gots, PATIENCE_S);
	CHECK_EQ(rig.got_type, 0);
	both_ways(CLIP_TEXT, 1000);
}

static void releases_arrive(void)
{
	needs_guest();
	unsigned offers = rig.offers, released = rig.released;
	desk_copies(CLIP_TEXT, "x", 1);
	RUN_UNTIL(rig.offers > offers, PATIENCE_S);
	rig.clip->listener->offered(rig.clip->data, CLIP_CLIPBOARD, 0);
	RUN_UNTIL(rig.released > released, PATIENCE_S);
	unsigned desk_offers = rig.desk_offers;
	command("copy 0 1 3\n");
	RUN_UNTIL(rig.desk_offers > desk_offers && rig.desk_kinds, PATIENCE_S);
	command("release 0\n");
	RUN_UNTIL(rig.desk_kinds == 0, PATIENCE_S);
}

/* As an agent of Windows does. */
static void guests_have_their_own_line_ends(void)
{
	static const char ours[] = "a\nb\r\nc\n", theirs[] = "a\r\nb\r\nc\r\n";
	unsigned offers, gots;

	needs_guest();
	command("caps 260\n"); /* by demand, with selections, lines end with \r\n */
	offers = rig.offers, gots = rig.gots;
	desk_copies(CLIP_TEXT, ours, strlen(ours));
	RUN_UNTIL(rig.offers > offers, PATIENCE_S);
	command("paste 0 1\n");
	RUN_UNTIL(rig.gots > gots, PATIENCE_S);
	CHECK_EQ(rig.got_size, strlen(theirs));
	CHECK_EQ(rig.got_digest, words_digest(theirs, strlen(theirs)));
	command("caps 60\n");
	expect_there(CLIP_PNG, ours, strlen(ours));
}

/* What the desktop offers is offered again; what the guest had is gone until it says so. */
static void a_killed_worker_is_made_up_for(void)
{
	pid_t keeper = guest_child_of(getpid());
	unsigned offers, gots;

	needs_guest();
	if (!keeper || !guest_child_of(keeper))
		test_skip("this kernel does not tell who is whose child");
	desk_copies(CLIP_TEXT, "still here", 10);
	offers = rig.offers;
	RUN_UNTIL(rig.offers > offers, PATIENCE_S);
	CHECK_EQ(kill(guest_child_of(keeper), SIGKILL), 0);
	RUN_UNTIL(rig.offers > offers + 1, PATIENCE_S);
	gots = rig.gots;
	command("paste 0 1\n");
	RUN_UNTIL(rig.gots > gots, PATIENCE_S);
	CHECK_EQ(rig.got_digest, words_digest("still here", 10));
	both_ways(CLIP_TEXT, 10);
}

/* And the monitors before it stay on. */
static void the_agent_is_asked_for_a_size(void)
{
	struct link_spice_size size = { 0, 801, 600 };

	needs_guest();
	spice_ask(rig.spice, LINK_SPICE_DISPLAY_SIZE, &size, NULL, NULL);
	RUN_UNTIL(rig.monitors == 1, PATIENCE_S);
	CHECK_EQ(rig.monitor[0], 801);
	CHECK_EQ(rig.monitor[1], 600);
	size = (struct link_spice_size){ 1, 1024, 768 };
	spice_ask(rig.spice, LINK_SPICE_DISPLAY_SIZE, &size, NULL, NULL);
	RUN_UNTIL(rig.monitors == 2, PATIENCE_S);
	CHECK_EQ(rig.monitor[0], 1024);
	CHECK_EQ(rig.monitor[1], 768);
}

/* Once for each connection; of the microphone nothing is known. */
static void the_agent_is_told_how_loud_it_is_here(void)
{
	struct link_spice_sound sound = { 1, LINK_SPICE_LATENCY_AUTO, 1 };
	struct link_spice_loudness loudness = { LINK_SPICE_SPEAKER, 0x8000, 1 };

	needs_guest();
	spice_ask(rig.spice, LINK_SPICE_SOUND, &sound, NULL, NULL);
	spice_ask(rig.spice, LINK_SPICE_SOUND_LOUDNESS, &loudness, NULL, NULL);
	expect_there(CLIP_PNG, "x", 1); /* which comes after what was asked */
	CHECK_EQ(rig.volumes, 0);
	command("caps 860\n");
	RUN_UNTIL(rig.volumes > 0, PATIENCE_S);
	CHECK_EQ(rig.volume[0], 1);
	CHECK_EQ(rig.volume[1], 1);
	CHECK_EQ(rig.volume[2], 2);
	CHECK_EQ(rig.volume[3], 0x8000);
	command("caps 860\n");
	expect_there(CLIP_PNG, "x", 1);
	CHECK_EQ(rig.volumes, 1);
	command("caps 60\n");
}

/* ---- files ---- */

static void needs_portal(void)
{
	needs_guest();
	if (!portal_connection())
		test_skip("dbus-daemon is not installed");
}

static char *make_file(const char *name, size_t size)
{
	char *path = g_build_filename(machine.folder, name, NULL);
	g_autofree char *bytes = g_malloc(size + 1);

	words_picture(bytes, size);
	CHECK(g_file_set_contents(path, bytes, (gssize)size, NULL));
	return path;
}

/* As a file manager has it, which told the portal of them. */
static void drop(const char *const *paths)
{
	unsigned asked = portal_asked();

	portal_has("the key of it", paths);
	rig.alert[0] = '\0';
	files_drop(rig.files, true, "the key of it");
	RUN_UNTIL(portal_asked() > asked, PATIENCE_S);
}

static void drop_one(const char *path)
{
	drop((const char *const[]){ path, NULL });
}

static void expect_file(const char *name, size_t size)
{
	g_autofree char *path = make_file(name, size), *bytes = NULL;
	unsigned filed = rig.files_filed;
	int64_t start = g_get_monotonic_time();
	gsize length;

	drop_one(path);
	RUN_UNTIL(rig.files_filed > filed && rig.alert[0], PATIENCE_S);
	CHECK_EQ(rig.file_size, size);
	CHECK_EQ(rig.file_came, size);
	CHECK_STR(rig.file_name, name);
	CHECK(g_file_get_contents(path, &bytes, &length, NULL));
	CHECK_EQ(rig.file_digest, words_digest(bytes, size));
	CHECK_CONTAINS(rig.alert, "is in the guest");
	printf("# a file of %zu bytes: %.0f ms\n", size,
	       (double)(g_get_monotonic_time() - start) / 1000);
	CHECK_EQ(unlink(path), 0);
}

static void files_of_all_sizes_arrive(void)
{
	needs_portal();
	expect_file("nothing", 0);
	expect_file("ten = [10] #", 10);
	expect_file("large", 30 * MIB);
	CHECK_STR(rig.status, "");
	expect_file("gr\xc3\xb6\xc3\x9f"
		    "er.bin",
		    MIB);
}

/* Each is named; the others go. */
static void what_is_no_file_of_ours_is_named(void)
{
	g_autofree char *folder = g_build_filename(machine.folder, "folder", NULL);
	g_autofree char *hidden = make_file(".secret", 3), *missing = NULL, *good = NULL;
	unsigned filed = rig.files_filed, begun = rig.files_begun;

	needs_portal();
	CHECK_EQ(mkdir(folder, 0700), 0);
	missing = g_build_filename(machine.folder, "missing", NULL);
	good = make_file("good", 3);
	drop_one(folder);
	RUN_UNTIL(strstr(rig.alert, "folder: is a folder"), PATIENCE_S);
	drop_one(hidden);
	RUN_UNTIL(strstr(rig.alert, ".secret: is hidden"), PATIENCE_S);
	drop_one(missing);
	RUN_UNTIL(strstr(rig.alert, "missing: No such file"), PATIENCE_S);
	files_drop(rig.files, false, "https://example.org/x\r\n");
	CHECK_CONTAINS(rig.alert, "only files of this computer");
	/* Here is no desktop to ask a person. */
	files_drop(rig.files, false, "file:///etc/hostname\r\n");
	RUN_UNTIL(strstr(rig.alert, "does not use the file portal"), PATIENCE_S);
	CHECK_EQ(rig.files_begun, begun);
	drop((const char *const[]){ folder, good, missing, good, NULL });
	RUN_UNTIL(strstr(rig.alert, "2 of 4 files are in the guest"), PATIENCE_S);
	CHECK_EQ(rig.files_filed, filed + 2);
}

/* What the agent can takes a while to be known here. */
static void drop_until(const char *path, const char *alert)
{
	for (int i = 0; i < 100 && !strstr(rig.alert, alert); i++) {
		drop_one(path);
		RUN_UNTIL(rig.alert[0], PATIENCE_S);
	}
	CHECK_CONTAINS(rig.alert, alert);
}

static void a_guest_may_refuse_files(void)
{
	g_autofree char *path = make_file("refused", 10);
	unsigned filed = rig.files_filed, begun = rig.files_begun;

	needs_portal();
	command("files refuse\n");
	drop_one(path);
	RUN_UNTIL(strstr(rig.alert, "refused: "), PATIENCE_S);
	CHECK_EQ(rig.files_begun, begun + 1);
	CHECK_EQ(rig.files_filed, filed);
	/* Its size, which is more than 32 bits, arrives. */
	CHECK_EQ(truncate(path, 5LL << 30), 0);
	drop_one(path);
	RUN_UNTIL(strstr(rig.alert, "refused: "), PATIENCE_S);
	CHECK_EQ(rig.file_size, 5ull << 30);
	command("files take\n");

	command("caps 2060\n"); /* QEMU's disable-agent-file-xfer says so for the agent */
	CHECK_EQ(truncate(path, 10), 0);
	drop_until(path, "does not allow files");
	command("caps 60\n");
	drop_until(path, "is in the guest");
	CHECK_EQ(unlink(path), 0);
}

static void a_file_is_cancelled_in_the_middle(void)
{
	g_autofree char *path = make_file("cancelled", 30 * MIB);
	unsigned held = rig.files_held, filed = rig.files_filed, unfiled = rig.files_unfiled;

	needs_portal();
	command("files hold\n");
	drop_one(path);
	RUN_UNTIL(rig.files_held > held, PATIENCE_S);
	RUN_UNTIL(strstr(rig.status, "cancelled"), PATIENCE_S);
	CHECK(files_cancel(rig.files));
	CHECK_STR(rig.status, "");
	CHECK(!files_cancel(rig.files));
	command("files take\n");
	RUN_UNTIL(rig.files_unfiled > unfiled, PATIENCE_S);
	CHECK(rig.file_came < 30 * MIB);
	CHECK_EQ(rig.files_filed, filed);
	expect_file("after", 1000); /* nothing is in its way */
	CHECK_EQ(unlink(path), 0);
}

static const struct test_case cases[] = {
	TEST(a_guest_with_an_agent_comes),
	TEST(ten_bytes_go_both_ways),
	TEST(a_mebibyte_of_text_goes_both_ways),
	TEST(pictures_go_both_ways),
	TEST(nothing_is_something_too),
	TEST(refusals_arrive),
	TEST(what_takes_too_long_is_cancelled),
	TEST(releases_arrive),
	TEST(guests_have_their_own_line_ends),
	TEST(the_agent_is_asked_for_a_size),
	TEST(the_agent_is_told_how_loud_it_is_here),
	TEST(files_of_all_sizes_arrive),
	TEST(what_is_no_file_of_ours_is_named),
	TEST(a_guest_may_refuse_files),
	TEST(a_file_is_cancelled_in_the_middle),
	TEST(a_killed_worker_is_made_up_for),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(machine.folder, "clip") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	exchange_destroy(rig.exchange);
	files_destroy(rig.files);
	spice_destroy(rig.spice);
	stop_machine();
	g_free(rig.given);
	g_free(rig.options.address);
	portal_stop();
	guest_remove_folder(machine.folder);
	return status;
}
