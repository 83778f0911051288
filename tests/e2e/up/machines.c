/* Machines without a system: everything about them but the guest. */
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"
#include "terminal.h"

#define DISK(name) "machine: { firmware: bios }\ndisks: { file: " name ".qcow2, size: 64M }\n"

/* Running for most cases; rig_end() ends it should one fail. */
static void bring_up(const char *name)
{
	g_autofree char *file = g_strconcat(name, ".yaml", NULL);

	guest_needs_qemu();
	rig_type("down", "--force", name, NULL);
	rig_do("up", "--emulate", "--detach", "--no-unit", file);
}

static void write_usual(void)
{
	rig_write("one", DISK("one") "cds: [{ }]\nusb: 1-7\n");
}

static void a_file_becomes_a_machine(void)
{
	struct stat folder;
	g_autofree char *path = g_build_filename(rig_folder, "run/oriel/one", NULL);

	write_usual();
	bring_up("one");
	CHECK_CONTAINS(rig_answer.errors, "a new disk");
	CHECK_CONTAINS(rig_answer.errors, "one                      runs, process ");
	CHECK_EQ(stat(path, &folder), 0);
	CHECK_EQ(folder.st_mode & 0777, 0700);
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, "one              running      64.0 MiB");
	rig_do("ls", "--json");
	CHECK_CONTAINS(rig_answer.output, "\"state\" : \"running\"");
	CHECK_CONTAINS(rig_answer.output, "/run/oriel/one/memory\"");
}

static void a_second_start_is_refused(void)
{
	char pid[32];

	bring_up("one");
	snprintf(pid, sizeof(pid), "by process %d;", rig_keeper());
	rig_type("up", "--no-unit", "one.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "one runs already, ");
	CHECK_CONTAINS(rig_answer.errors, pid);
}

static void a_disk_is_one_machines(void)
{
	rig_write("thief", DISK("one"));
	rig_type("up", "--no-unit", "--emulate", "thief.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "one.qcow2 is in use by one, which runs: oriel down one");
}

static void two_run_side_by_side(void)
{
	rig_write("two", DISK("two"));
	bring_up("two");
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, "\none ");
	CHECK_CONTAINS(rig_answer.output, "\ntwo ");
	rig_do("down", "--force", "two");
	CHECK_CONTAINS(rig_answer.errors, "two                      is down");
	rig_do("ls");
	CHECK(!strstr(rig_answer.output, "two"));
	rig_do("ls", "--all");
	CHECK_CONTAINS(rig_answer.output, "two              off");
}

enum { RACERS = 4 };

/* Of several starts of one file, at once, one gets it. */
static void one_of_many_starts_wins(void)
{
	GSubprocess *up[RACERS];
	unsigned running = 0;

	write_usual();
	rig_do("down", "--force", "one");
	for (int i = 0; i < RACERS; i++) {
		g_autofree char *file = g_strdup_printf("racer%d", i);
		up[i] = rig_start(file, "up", "--emulate", "--no-unit", "--detach", "one.yaml",
				  NULL);
	}
	for (int i = 0; i < RACERS; i++) {
		g_autofree char *file = g_strdup_printf("racer%d", i);
		int status = rig_await(up[i]);
		g_autofree char *words = rig_read(file);
		CHECK(status == 0 || status == 1);
		CHECK_CONTAINS(words, status ? "one runs already, by process "
					     : "one                      runs, process ");
		running += status == 0;
		g_object_unref(up[i]);
	}
	CHECK_EQ(running, 1);
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, "one              running");
}

/* What two files of nothing but a name have in common is nothing that they write to. */
static void defaults_do_not_collide(void)
{
	static const char *const words[] = { "mac=", "-uuid ", "spice unix=on,addr=", "qmp unix:" };
	g_autofree char *first = NULL;

	for (int i = 0; i < 2; i++) {
		rig_write(i ? "plain" : "other", "machine: { firmware: bios }\nnetworks: user\n");
		rig_do("plan", "--qemu", i ? "plain.yaml" : "other.yaml");
		first = first ? first : g_strdup(rig_answer.output);
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const char *a = strstr(first, words[i]), *b = strstr(rig_answer.output, words[i]);
		CHECK(a && b);
		gsize length = strlen(words[i]);
		length += strcspn(a + length, " ,\n");
		CHECK(strncmp(a, b, length) != 0);
	}
}

static void it_stands_still_and_goes_on(void)
{
	rig_do("pause", "one");
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, " paused ");
	rig_do("resume", "one");
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, " running ");
}

static void cds_are_changed(void)
{
	g_autofree char *image = g_build_filename(rig_folder, "cd.iso", NULL);
	g_autofree char *blank = g_malloc0(1 << 20);

	CHECK(g_file_set_contents(image, blank, 1 << 20, NULL));
	rig_do("cd", "one");
	CHECK_STR(rig_answer.output, "drive0   empty\n");
	rig_do("cd", "one", "cd.iso");
	rig_do("cd", "one");
	CHECK_CONTAINS(rig_answer.output, "/cd.iso");
	rig_do("cd", "one", "eject");
	rig_do("cd", "one");
	CHECK_STR(rig_answer.output, "drive0   empty\n");
	rig_type("cd", "one", "--drive=3", "cd.iso", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "it has no drive3; oriel cd lists those it has");
	rig_type("cd", "one", "nothing.iso", NULL);
	CHECK_CONTAINS(rig_answer.errors, "there is no such file");
}

static void usb_devices_come_and_go(void)
{
	rig_do("usb", "one");
	CHECK_STR(rig_answer.output, "1-7\n");
	rig_do("usb", "one", "add", "1209:fffe");
	rig_do("usb", "one");
	CHECK_CONTAINS(rig_answer.output, "1209:fffe\n");
	rig_type("usb", "one", "add", "1209:fffe", NULL);
	CHECK_CONTAINS(rig_answer.errors, "it has 1209:fffe already");
	rig_do("usb", "one", "remove", "1209:fffe");
	rig_type("usb", "one", "remove", "1209:fffe", NULL);
	CHECK_CONTAINS(rig_answer.errors, "it does not have 1209:fffe; oriel usb lists");
	rig_do("usb", "one", "remove", "1-7");
	rig_do("usb", "one");
	CHECK_STR(rig_answer.output, "");
	rig_type("usb", "one", "add", "mouse", NULL);
	CHECK_CONTAINS(rig_answer.errors, "mouse is no device");
}

static void qemus_monitor_answers(void)
{
	g_autofree char *command = g_strdup_printf("echo info name | '%s' console --monitor one",
						   g_getenv("ORIEL"));
	FILE *output = popen(command, "r");
	char line[64] = "";

	CHECK(output && fgets(line, sizeof(line), output));
	CHECK_EQ(pclose(output), 0);
	CHECK_CONTAINS(line, "one");
}

static void snapshots_are_kept(void)
{
	rig_do("snapshot", "one", "create", "early");
	rig_type("snapshot", "one", "create", "early", NULL);
	CHECK_CONTAINS(rig_answer.errors, "there is a snapshot early already");
	rig_do("snapshot", "one", "list");
	CHECK_CONTAINS(rig_answer.output, "\nearly ");
	CHECK_CONTAINS(rig_answer.output, "iB");
	rig_do("snapshot", "one", "restore", "early");
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, " running ");
	rig_type("snapshot", "one", "restore", "late", NULL);
	CHECK_CONTAINS(rig_answer.errors, "there is no snapshot late");
	rig_do("down", "--force", "one");
	rig_do("snapshot", "one", "create", "cold");
	rig_do("snapshot", "one");
	CHECK_CONTAINS(rig_answer.output, "disks alone");
	rig_do("snapshot", "one", "delete", "early");
	rig_do("snapshot", "one", "restore", "cold");
	bring_up("one");
	rig_type("snapshot", "one", "restore", "cold", NULL);
	CHECK_CONTAINS(rig_answer.errors, "made while the machine was off");
}

/* And what is not kept says so, before anything is written. */
static void some_cannot_be_kept(void)
{
	g_autofree char *raw = g_build_filename(rig_folder, "plain.img", NULL);
	g_autofree char *blank = g_malloc0(1 << 20);

	CHECK(g_file_set_contents(raw, blank, 1 << 20, NULL));
	rig_write("plain",
		  "machine: { firmware: bios }\n"
		  "disks: [{ file: plain.qcow2, size: 64M }, { file: plain.img, format: raw }]\n");
	for (int i = 0; i < 2; i++) { /* while it runs, and not */
		if (i == 0)
			bring_up("plain");
		rig_type("snapshot", "plain", "create", "x", NULL);
		CHECK_EQ(rig_answer.status, 1);
		CHECK_CONTAINS(rig_answer.errors, "/plain.img is raw, and has no room for");
		CHECK_CONTAINS(rig_answer.errors, "qemu-img convert -O qcow2");
		rig_do("down", "--force", "plain");
	}
	rig_do("snapshot", "plain");
	CHECK_STR(rig_answer.output, "");
	rig_write("nvme", "machine: { firmware: bios }\n"
			  "disks: { file: nvme.qcow2, size: 64M, bus: nvme }\n");
	bring_up("nvme");
	rig_type("snapshot", "nvme", "create", "x", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "cannot be kept while it runs (");
	CHECK_CONTAINS(rig_answer.errors, "nvme); shut it down, and make a snapshot");
	rig_do("down", "--force", "nvme");
	rig_do("snapshot", "nvme", "create", "x");
}

/* The firmware's variables are raw, too, but come with the memory. */
static void variables_are_part_of_the_memory(void)
{
	guest_needs_qemu();
	if (g_access("/usr/share/qemu/firmware", R_OK) != 0)
		test_skip("no UEFI firmware");
	rig_write("uefi", "disks: { file: uefi.qcow2, size: 64M }\n");
	bring_up("uefi");
	rig_do("snapshot", "uefi", "create", "x");
	rig_do("snapshot", "uefi", "restore", "x");
	rig_do("down", "--force", "uefi");
}

static void nothing_is_left(void)
{
	rig_do("down", "--force", "one");
	rig_check_clean();
	rig_type("view", "one", NULL);
	CHECK_CONTAINS(rig_answer.errors, "one does not run; oriel up one starts it");
	rig_do("down", "one");
	CHECK_CONTAINS(rig_answer.errors, "does not run");
}

static void bad_disks_are_explained(void)
{
	g_autofree char *path = g_build_filename(rig_folder, "bad.img", NULL);

	guest_needs_qemu();
	CHECK(g_file_set_contents(path, "this is no disk", -1, NULL));
	rig_write("bad", "machine: { firmware: bios }\ndisks: bad.img\n");
	rig_type("up", "--no-unit", "--emulate", "bad.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "bad: the machine: QEMU ended with status 1");
	CHECK_CONTAINS(rig_answer.errors, "Image is not in qcow2 format");
	CHECK_CONTAINS(rig_answer.errors, "what helps: ");
	CHECK_CONTAINS(rig_answer.errors, "/state/oriel/bad/log");
	rig_check_clean();
	rig_type("up", "--no-unit", "--emulate", "--detach", "bad.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "Image is not in qcow2 format");
}

/* What is not there, or taken, is said with what helps. */
static void missing_things_are_explained(void)
{
	static const struct {
		const char *more, *why;
	} wrong[] = {
		{ "cds: none.iso", "there is no such image; correct its path in cds" },
		{ "disks: none.qcow2", "there is no such disk; correct its path in disks" },
		{ "networks: { kind: bridge, via: nobridge }", "name it in /etc/qemu/bridge.conf" },
	};

	guest_needs_qemu();
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		g_autofree char *more = g_strdup_printf("machine: { firmware: bios }\n%s\n",
							wrong[i].more);
		rig_write("lacks", more);
		rig_type("up", "--no-unit", "--emulate", "lacks.yaml", NULL);
		CHECK_EQ(rig_answer.status, 1);
		CHECK_CONTAINS(rig_answer.errors, "  what helps: ");
		CHECK_CONTAINS(rig_answer.errors, wrong[i].why);
	}
	rig_check_clean();
	rig_write_of("lacks", "900T", "machine: { firmware: bios }\n");
	rig_type("up", "--no-unit", "--emulate", "lacks.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "memory");
}

static void hooks_are_run(void)
{
	rig_write("hooked", "machine: { firmware: bios }\nhooks:\n"
			    "  before-start: [[touch, before]]\n"
			    "  after-start: [[touch, a file]]\n"
			    "  after-stop: [[sh, -c, 'echo $ORIEL_MACHINE >after']]\n");
	bring_up("hooked");
	rig_do("down", "--force", "hooked");
	g_autofree char *after = rig_read("after");
	CHECK_STR(after, "hooked\n");
	rig_write("hooked", "machine: { firmware: bios }\nhooks: { before-start: [['false']] }\n");
	rig_type("up", "--no-unit", "--emulate", "hooked.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "hooks, before-start: false ended with status 1");
	rig_check_clean();
}

static bool has_words(const char *words)
{
	g_autofree char *text = rig_read("words");

	return strstr(text, words) != NULL;
}

/* Whatever they do; in the foreground, and as `up -d` waits for them. */
static void hooks_end_in_time(void)
{
	guest_needs_qemu();
	rig_write("slow", "machine: { firmware: bios }\nhooks: { before-start: "
			  "[[sh, -c, 'trap : TERM; touch begun; sleep 300; sleep 301']] }\n");
	GSubprocess *up = rig_start("words", "up", "--emulate", "--no-unit", "slow.yaml", NULL);
	g_autofree char *begun = g_build_filename(rig_folder, "begun", NULL);
	GUEST_WAIT(g_access(begun, F_OK) == 0, 20 * NS_PER_S, g_usleep(10000), "no hook");
	g_subprocess_send_signal(up, SIGINT);
	CHECK_EQ(rig_await(up), 130);
	g_object_unref(up);
	rig_await_text("words", "slow                     was not started");
	rig_write("slow",
		  "machine: { firmware: bios }\nhooks: { after-start: [[sleep, '0.5']] }\n");
	bring_up("slow");
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, "slow             running");
	rig_do("down", "--force", "slow");
	g_autofree char *log = rig_read("state/oriel/slow/log");
	CHECK(!strstr(log, "asked to shut down"));
	rig_check_clean();
	if (!g_getenv("ORIEL_LONG"))
		return;
	rig_write("slow", "machine: { firmware: bios }\nhooks: { before-start: "
			  "[['true'], [sh, -c, 'trap : TERM; sleep 300; sleep 301']] }\n");
	up = rig_start("words", "up", "--emulate", "--no-unit", "slow.yaml", NULL);
	GUEST_WAIT(has_words("hooks, before-start: sh did not end within 60 s; "), 90 * NS_PER_S,
		   g_usleep(100000), "the hook goes on");
	CHECK_EQ(rig_await(up), 1);
	g_object_unref(up);
	rig_check_clean();
}

/* Its name and number are in the words of its start. */
static pid_t qemu_of(const char *words)
{
	const char *process = strstr(words, "runs, process ");

	CHECK(process);
	return atoi(process + strlen("runs, process "));
}

static void killed_ones_are_cleared_up(void)
{
	for (int i = 0; i < 2; i++) {
		bring_up("one");
		pid_t qemu = qemu_of(rig_answer.errors);
		pid_t keeper = rig_keeper();
		CHECK_EQ(kill(keeper, SIGKILL), 0);
		GUEST_WAIT(kill(keeper, 0) != 0 && kill(qemu, 0) != 0, 20 * NS_PER_S,
			   g_usleep(10000), "%d or %d lives on", (int)keeper, (int)qemu);
		rig_do("ls");
		CHECK_CONTAINS(rig_answer.output, "one              left behind");
		CHECK_CONTAINS(rig_answer.output, "  oriel down one clears up\n");
		if (i == 0) {
			rig_do("down", "one");
			CHECK_CONTAINS(rig_answer.errors, "was killed; what it left");
			rig_check_clean();
		} else {
			rig_do("up", "--emulate", "--detach", "--no-unit", "one");
			CHECK_CONTAINS(rig_answer.errors, "leftovers");
		}
	}
	rig_do("down", "--force", "one");
	rig_check_clean();
}

/* Somebody whose command has this test's folder in it, other than us. */
static bool anybody_lives(void)
{
	g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(processes))) {
		g_autofree char *path = g_build_filename("/proc", name, "cmdline", NULL);
		g_autofree char *words = NULL;
		gsize length;
		if (!g_ascii_isdigit(*name) || !g_file_get_contents(path, &words, &length, NULL))
			continue;
		for (gsize i = 0; i < length; i++)
			words[i] = words[i] ? words[i] : ' ';
		if (length && g_strstr_len(words, (gssize)length, rig_folder))
			return true;
	}
	return false;
}

/* From its first instruction until it has been running for a while. */
static void kills_at_any_time_leave_nothing(void)
{
	unsigned rounds = g_getenv("ORIEL_LONG") ? 200 : 6;
	g_autoptr(GRand) dice = g_rand_new_with_seed(7);

	guest_needs_qemu();
	write_usual();
	for (unsigned i = 0; i < rounds; i++) {
		unsigned us = (unsigned)g_rand_int_range(dice, 0, 300000);
		GSubprocess *up = rig_start("words", "up", "--emulate", "--no-unit", "one.yaml",
					    NULL);
		g_usleep(us);
		g_subprocess_force_exit(up);
		int status = rig_await(up);
		g_autofree char *words = rig_read("words");
		if (status != -SIGKILL)
			test_fail("round %u: ended with %d: %s", i, status, words);
		g_object_unref(up);
		rig_do("down", "--force", "one");
		GUEST_WAIT(!anybody_lives(), 20 * NS_PER_S, g_usleep(5000),
			   "round %u: somebody lives on after %u us", i, us);
		rig_check_clean();
	}
}

static void little_is_added(void)
{
	rig_do("up", "--emulate", "--detach", "--no-unit", "--time", "one");
	const char *added = strstr(rig_answer.errors, "from there: ");
	CHECK(added);
	int ms = atoi(added + strlen("from there: "));
	printf("# %d ms added to QEMU's own start\n", ms);
	CHECK(ms < 3000);
	rig_do("down", "--force", "one");
}

/* Not at a terminal: whole lines, which a log can keep. */
static void interrupts_cut_what_cannot_listen(void)
{
	GSubprocess *up = rig_start("words", "up", "--emulate", "--no-unit", "one", NULL);

	rig_await_text("words", "Ctrl-C asks it to shut down");
	for (int i = 0; i < 2; i++) {
		static const char *const words[] = {
			"was asked to shut down; it has 60 s; Ctrl-C again switches it off\n",
			"one                      was switched off\n"
		};
		g_subprocess_send_signal(up, SIGINT);
		rig_await_text("words", words[i]);
	}
	CHECK_EQ(rig_await(up), 0);
	g_object_unref(up);
	g_autofree char *words = rig_read("words");
	CHECK(!strstr(words, "s left") && !strchr(words, '\r') && !strchr(words, '\033'));
	rig_check_clean();
}

/* `oriel up | head`, or a log's reader that Ctrl-C ended first: the machine does not end of it. */
static void nobody_need_listen(void)
{
	g_autofree char *command = g_strdup_printf(
		"cd '%s' && \"$ORIEL\" up --emulate --no-unit one.yaml 2>&1 | true &", rig_folder);
	g_autofree char *log = g_build_filename(rig_folder, "state/oriel/one/log", NULL);

	guest_needs_qemu();
	g_unlink(log);
	CHECK_EQ(system(command), 0);
	rig_await_text("state/oriel/one/log", "one runs, process");
	rig_do("down", "--force", "one");
	rig_check_clean();
	rig_await_text("state/oriel/one/log", "one was switched off");
}

/* At one: a line that is written again each second. */
static void terminals_count_down(void)
{
	guest_needs_qemu();
	write_usual();
	terminal_open("up", "--emulate", "--no-unit", "one.yaml", NULL);
	terminal_await("Ctrl-C asks it to shut down\r\n");
	terminal_type(TERMINAL_CTRL_C);
	for (int left = 60; left > 57; left--) {
		g_autofree char *line = g_strdup_printf(TERMINAL_WIPE
							"  one: asked to shut down; %d s left; "
							"Ctrl-C again to switch it off",
							left);
		terminal_await(line);
	}
	CHECK(!terminal_has("was switched off"));
	terminal_type(TERMINAL_CTRL_C);
	terminal_await(TERMINAL_WIPE "  one                      was switched off\r\n");
	CHECK_EQ(terminal_close(), 0);
	CHECK(terminal_widest() <= 80);
	rig_check_clean();
}

/* Whoever let the time pass may wait on, or switch it off. */
static void patience_ends_without_harm(void)
{
	guest_needs_qemu();
	terminal_open("up", "--emulate", "--no-unit", "--wait=1", "one.yaml", NULL);
	terminal_await("Ctrl-C asks it to shut down\r\n");
	terminal_type(TERMINAL_CTRL_C);
	terminal_await("runs on after 1 s; Ctrl-C switches it off");
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, "one              running");
	rig_type("down", "--wait=1", "one", NULL);
	CHECK_CONTAINS(rig_answer.errors, "one still runs after 1 s");
	terminal_type(TERMINAL_CTRL_C);
	CHECK_EQ(terminal_close(), 0);
	rig_check_clean();
}

/* QEMU of the backports, with all that Windows 11 wants but the keys in its firmware. */
static void newer_qemus_take_it(void)
{
	g_autofree char *before = g_strdup(g_getenv("PATH"));
	g_autofree char *path = g_strdup_printf("%s/newer/bin:%s", rig_folder, before);
	g_autofree char *fetch = g_strdup_printf("timeout 240 sh '%s' %s/newer 2>&1",
						 g_getenv("NEWER"), rig_folder);
	g_autofree char *file = g_build_filename(rig_folder, "w11.yaml", NULL);
	bool tpm = system("swtpm --version >/dev/null 2>&1") == 0;
	bool uefi = g_access("/usr/share/qemu/firmware", R_OK) == 0;

	if (!g_getenv("ORIEL_LONG"))
		test_skip("for ORIEL_LONG=1");
	if (system(fetch) != 0)
		test_skip("no newer QEMU to be had here");
	g_autofree char *text = g_strdup_printf(
		"name: w11\nos: windows11\nmemory: 512M\ncpu: { cores: 2 }\n"
		"disks: [{ file: w11.qcow2, size: 1G }, { file: more.qcow2, size: 64M, bus: ahci }]\n"
		"cds: [{}]\nnetworks: user\nusb: 046d:c52b\nmachine: { firmware: %s, tpm: %s }\n",
		uefi ? "uefi" : "bios", tpm ? "yes" : "no");
	CHECK(g_file_set_contents(file, text, -1, NULL));
	g_setenv("PATH", path, TRUE);
	rig_type("up", "--emulate", "--detach", "--no-unit", "w11.yaml", NULL);
	g_setenv("PATH", before, TRUE);
	if (rig_answer.status != 0)
		test_fail("%s", rig_answer.errors);
	rig_do("snapshot", "w11", "create", "x");
	rig_do("down", "--force", "w11");
	rig_check_clean();
}

static void wrong_words_are_explained(void)
{
	static const struct {
		const char *words[3], *why;
	} wrong[] = {
		{ { "up", NULL, NULL }, "one machine is needed" },
		{ { "up", "--wait=0", "one" }, "1 to 3600" },
		{ { "up", "nobody", NULL }, "there is no machine nobody" },
		{ { "up", "nothing.yaml", NULL }, "nothing.yaml: there is no such file; oriel" },
		{ { "plan", "nothing", NULL }, "oriel plan: there is no machine nothing" },
		{ { "down", "nobody", NULL }, "oriel down: there is no machine nobody" },
		{ { "snapshot", "unmade", "list" }, "unmade.qcow2: there is no such disk yet" },
		{ { "init", "no/box", "--os=linux" }, "no: there is no such folder" },
		{ { "down", NULL, NULL }, "one machine is needed" },
		{ { "down", "--wait=0", "one" }, "1 to 3600" },
		{ { "console", "nobody", NULL }, "nobody does not run" },
		{ { "snapshot", "one", "burn" }, "a verb and a tag" },
		{ { "usb", "one", "add" }, "a verb and a device" },
		{ { "cd", NULL, NULL }, "a machine and an image" },
		{ { "pause", NULL, NULL }, "one machine is needed" },
		{ { "ls", "what", NULL }, "what is" },
	};

	rig_write("unmade", "disks: { file: unmade.qcow2, size: 64M }\n");
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		rig_type(wrong[i].words[0], wrong[i].words[1], wrong[i].words[2], NULL);
		CHECK(rig_answer.status == 1 || rig_answer.status == 2);
		CHECK_CONTAINS(rig_answer.errors, wrong[i].why);
	}
}

static const struct test_case cases[] = {
	TEST(a_file_becomes_a_machine),
	TEST(a_second_start_is_refused),
	TEST(a_disk_is_one_machines),
	TEST(two_run_side_by_side),
	TEST(one_of_many_starts_wins),
	TEST(defaults_do_not_collide),
	TEST(it_stands_still_and_goes_on),
	TEST(cds_are_changed),
	TEST(usb_devices_come_and_go),
	TEST(qemus_monitor_answers),
	TEST(snapshots_are_kept),
	TEST(some_cannot_be_kept),
	TEST(variables_are_part_of_the_memory),
	TEST(nothing_is_left),
	TEST(bad_disks_are_explained),
	TEST(missing_things_are_explained),
	TEST(hooks_are_run),
	TEST(hooks_end_in_time),
	TEST(killed_ones_are_cleared_up),
	TEST(kills_at_any_time_leave_nothing),
	TEST(little_is_added),
	TEST(interrupts_cut_what_cannot_listen),
	TEST(nobody_need_listen),
	TEST(terminals_count_down),
	TEST(patience_ends_without_harm),
	TEST(newer_qemus_take_it),
	TEST(wrong_words_are_explained),
};

int main(int argc, char **argv)
{
	int result = rig_begin() == 0 ? test_main(argc, argv, cases, ARRAY_LEN(cases)) : 1;

	terminal_end();
	rig_end();
	return result;
}
