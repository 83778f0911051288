/* What a doctor says of computers that are made up: each of doctor_visits.c, and what holds for all
 * of them. */
#include <glib.h>
#include <json-glib/json-glib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "doctor_visits.h"
#include "sysroot.h"
#include "test.h"
#include "vm/config/config.h"
#include "vm/doctor/mend.h"
#include "vm/doctor/report.h"

static struct {
	char *root;
	struct vm *vm;
	struct answers answers;
	struct patient patient;
	struct report report;
	bool there;
} rig;

/* What each check has said so far, of all visits. */
static bool seen[DOCTOR_ROWS][VERDICTS];

/* ---- a visit ---- */

static void take_away(const char *what)
{
	struct answers *answers = &rig.answers;

	if (strcmp(what, "spice") == 0)
		answers->qemu.spice = false;
	else if (strcmp(what, "setup") == 0)
		g_clear_pointer(&answers->setup, g_free);
	else if (strcmp(what, "swtpm") == 0)
		g_clear_pointer(&answers->swtpm.path, g_free);
	else if (strcmp(what, "helper") == 0)
		g_clear_pointer(&answers->helper, g_free);
	else if (strcmp(what, "pkexec") == 0)
		g_clear_pointer(&answers->pkexec, g_free);
	for (char **type = answers->qemu.types; *type; type++)
		if (strcmp(*type, what) == 0)
			**type = '-';
}

static void take_kvm(const char *word)
{
	static const char *const words[KVM_ANSWERS] = {
		[KVM_RUNS] = "runs",     [KVM_HUNG_BEFORE] = "before", [KVM_MISSING] = "missing",
		[KVM_DENIED] = "denied", [KVM_FAILS] = "fails",        [KVM_HANGS] = "hangs",
	};

	for (int i = 0; i < KVM_ANSWERS; i++)
		if (strcmp(words[i], word) == 0)
			rig.answers.kvm = (enum kvm_answer)i;
}

static void take_qemu(const char *word)
{
	struct answers_qemu *qemu = &rig.answers.qemu;

	if (strcmp(word, "none") == 0)
		g_clear_pointer(&qemu->path, g_free);
	else if (strcmp(word, "late") == 0)
		qemu->error = ETIMEDOUT;
	else if (sscanf(word, "%u.%u", &qemu->major, &qemu->minor) != 2)
		test_fail("qemu=%s", word);
}

/* "late", or a version; "1.2": one of them without TPM 2.0. */
static void take_swtpm(const char *word)
{
	struct answers_swtpm *swtpm = &rig.answers.swtpm;

	swtpm->error = strcmp(word, "late") == 0 ? ETIMEDOUT : 0;
	g_free(swtpm->version);
	swtpm->version = strcmp(word, "old") == 0 ? NULL : g_strdup(word);
	swtpm->tpm2 = swtpm->version && strcmp(word, "1.2") != 0;
}

/* Of the first evdev device. */
static void take_grab(const char *word)
{
	rig.answers.grabs = g_new0(int, 2);
	rig.answers.grabs[0] = strcmp(word, "busy") == 0     ? EBUSY
			       : strcmp(word, "no") == 0     ? ENOTTY
			       : strcmp(word, "denied") == 0 ? EPERM
							     : 0;
}

static void take_word(const char *word)
{
	const char *value = strchr(word, '=') ? strchr(word, '=') + 1 : "";

	if (strcmp(word, "root") == 0)
		rig.answers.root = true;
	else if (g_str_has_prefix(word, "kvm="))
		take_kvm(value);
	else if (g_str_has_prefix(word, "qemu="))
		take_qemu(value);
	else if (g_str_has_prefix(word, "swtpm="))
		take_swtpm(value);
	else if (g_str_has_prefix(word, "grab="))
		take_grab(value);
	else if (g_str_has_prefix(word, "lock="))
		rig.answers.lock_limit = (uint64_t)atoi(value) << 20;
	else if (g_str_has_prefix(word, "without="))
		take_away(value);
	else
		test_fail("nobody answers %s", word);
}

static void answer(const char *words)
{
	static const char *const types[] = {
		"ivshmem-plain", "ivshmem-doorbell", "vfio-pci", "tpm-crb",
		"virtio-vga-gl", "qxl-vga",          NULL
	};
	static const char *const groups[] = { "someone", "kvm", NULL };
	g_auto(GStrv) all = g_strsplit(words ? words : "", " ", -1);

	rig.answers = (struct answers){
		.qemu = { .path = g_strdup("/usr/bin/qemu-system-x86_64"),
			  .major = 7,
			  .minor = 2,
			  .types = g_strdupv((char **)types),
			  .spice = true },
		.swtpm = { .path = g_strdup("/usr/bin/swtpm"),
			   .version = g_strdup("0.7.1"),
			   .tpm2 = true },
		.setup = g_strdup("/usr/bin/swtpm_setup"),
		.helper = g_strdup("/usr/libexec/oriel-helper"),
		.pkexec = g_strdup("/usr/bin/pkexec"),
		.lock_limit = UINT64_MAX,
		.user = g_strdup("someone"),
		.groups = g_strdupv((char **)groups),
	};
	for (char **word = all; *word; word++)
		if (**word)
			take_word(*word);
}

static void leave(void)
{
	if (rig.there) {
		report_finish(&rig.report);
		patient_finish(&rig.patient);
	}
	config_free(rig.vm);
	sysroot_remove(rig.root);
	memset(&rig, 0, sizeof(rig));
}

static void load_machine(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *whole = g_strdup_printf("name: win11\n%s", text);

	rig.vm = config_parse("vm.yaml", whole, strlen(whole), "/vms", &error);
	if (!rig.vm)
		test_fail("%s: %s", text, error->message);
}

static void enter(const struct visit *visit)
{
	bool bare = g_str_has_prefix(visit->computer, "bare\n");
	g_autofree char *text = g_strconcat(bare ? "" : well,
					    visit->computer + (bare ? strlen("bare\n") : 0), NULL);

	leave();
	if (visit->machine)
		load_machine(visit->machine);
	rig.root = sysroot_make(text);
	answer(visit->answers);
	patient_init(&rig.patient, rig.root, rig.vm, &rig.answers);
	report_init(&rig.report, &rig.patient);
	rig.there = true;
}

static void enter_by_name(const char *name)
{
	for (size_t i = 0; i < visit_count; i++)
		if (strcmp(visits[i].name, name) == 0) {
			enter(&visits[i]);
			return;
		}
	test_fail("no visit \"%s\"", name);
}

static struct finding *finding_of(const char *id)
{
	for (unsigned i = 0; i < DOCTOR_ROWS; i++)
		if (strcmp(doctor_rows[i].id, id) == 0)
			return &rig.report.findings[i];
	test_fail("no check %s", id);
}

/* ---- what holds of any visit ---- */

/* All complaints are told before a case fails. */
static unsigned complaints;

#define complain(...)                                                                              \
	do {                                                                                       \
		printf("# " __VA_ARGS__);                                                          \
		printf("\n");                                                                      \
		complaints++;                                                                      \
	} while (0)

/* Who is told of trouble is told what to do; lines fit where words do. */
static void check_manners(const struct visit *visit)
{
	for (unsigned i = 0; i < DOCTOR_ROWS; i++) {
		const struct finding *finding = &rig.report.findings[i];
		seen[i][finding->verdict] = true;
		if (!finding->facts->len)
			complain("%s: %s read nothing", visit->name, doctor_rows[i].id);
		if (finding->verdict >= VERDICT_WARN && !finding->remedies->len)
			complain("%s: %s advises nothing", visit->name, doctor_rows[i].id);
		if (finding->verdict <= VERDICT_OK && finding->remedies->len)
			complain("%s: %s advises \"%s\" for nothing", visit->name,
				 doctor_rows[i].id, (char *)finding->remedies->pdata[0]);
	}
}

static void check_lines(const struct visit *visit, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		char *words = g_strchug(g_strdup(*line));
		bool one = !strchr(words + strcspn(words, " >") + (words[0] == '>' ? 2 : 0), ' ');
		g_free(words);
		if (g_utf8_strlen(*line, -1) > 80 && !one)
			complain("%s: wider than 80 columns: %s", visit->name, *line);
		for (const char *at = *line; *at; at++)
			if (g_ascii_iscntrl(*at))
				complain("%s: a control character", visit->name);
	}
}

static void check_json(const struct visit *visit)
{
	g_autofree char *text = report_json(&rig.report);
	g_autoptr(JsonParser) parser = json_parser_new();

	if (!json_parser_load_from_data(parser, text, -1, NULL))
		complain("%s: no JSON: %s", visit->name, text);
	JsonObject *root = json_node_get_object(json_parser_get_root(parser));
	CHECK_EQ(json_array_get_length(json_object_get_array_member(root, "checks")), DOCTOR_ROWS);
}

static void check_verdicts(const struct visit *visit)
{
	g_auto(GStrv) words = g_strsplit(visit->verdicts, " ", -1);

	for (char **word = words; *word; word++) {
		g_auto(GStrv) pair = g_strsplit(*word, "=", 2);
		const struct finding *finding = finding_of(pair[0]);
		const char *got = verdict_name(finding->verdict);
		if (strcmp(got, pair[1]) != 0)
			complain("%s: %s is %s, wanted %s: %s", visit->name, pair[0], got, pair[1],
				 ((struct fact *)finding->facts->pdata[0])->text);
	}
}

static char *in_one_line(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		if (g_str_has_suffix(*line, " \\"))
			(*line)[strlen(*line) - 1] = 0;
		g_strstrip(*line);
	}
	return g_strjoinv(" ", lines);
}

static void each_visit_says_what_it_should(void)
{
	for (size_t i = 0; i < visit_count; i++) {
		const struct visit *visit = &visits[i];
		enter(visit);
		g_autofree char *text = report_text(&rig.report, false, false);
		g_autofree char *all = report_text(&rig.report, true, false);
		g_autofree char *line = in_one_line(all);
		check_verdicts(visit);
		if (visit->says && !strstr(line, visit->says))
			complain("%s: without \"%s\": %s", visit->name, visit->says, line);
		check_manners(visit);
		check_lines(visit, text);
		check_lines(visit, all);
		check_json(visit);
	}
	leave();
	CHECK_EQ(complaints, 0);
}

/* ---- every verdict of every check ---- */

static const struct {
	const char *id, *verdicts; /* that it can give */
} can[] = {
	{ "kvm", "ok warn fail" },
	{ "cpus", "ok unknown warn fail" },
	{ "memory", "ok unknown warn fail" },
	{ "hugepages", "not-needed ok warn fail" },
	{ "qemu", "ok unknown fail" },
	{ "windows", "not-needed ok warn fail" },
	{ "libvirt", "not-needed ok unknown warn fail" },
	{ "security", "not-needed ok unknown warn" },
	{ "configuration", "not-needed ok warn fail" },
	{ "shared-memory", "not-needed ok warn fail" },
	{ "versions", "not-needed ok warn fail" },
	{ "lockdown", "ok unknown warn" },
	{ "input", "not-needed ok warn fail" },
	{ "iommu", "not-needed ok unknown warn fail" },
	{ "interrupts", "not-needed ok unknown warn fail" },
	{ "vfio", "not-needed ok unknown fail" },
	{ "group", "not-needed ok fail" },
	{ "early-driver", "not-needed ok warn" },
	{ "viable", "not-needed ok warn fail" },
	{ "access", "not-needed ok unknown fail" },
	{ "memlock", "not-needed ok warn fail" },
	{ "framebuffer", "not-needed ok unknown warn" },
	{ "reset", "not-needed ok unknown warn fail" },
	{ "power", "not-needed ok warn fail" },
	{ "rom", "not-needed ok warn fail" },
	{ "monitor", "not-needed ok unknown warn" },
	{ "single", "not-needed ok warn" },
	{ "sriov", "not-needed ok warn fail" },
	{ "vgpu", "not-needed ok fail" },
	{ "gvt", "not-needed ok fail" },
};
_Static_assert(ARRAY_LEN(can) == DOCTOR_ROWS, "a line for each check");

/* A verdict that no visit brings any more is a check that says less, or a visit that went. */
static void visits_bring_every_verdict(void)
{
	if (!seen[0][VERDICT_OK])
		test_skip("the visits were not made");
	for (unsigned i = 0; i < DOCTOR_ROWS; i++) {
		g_autoptr(GString) names = g_string_new(NULL);
		for (int verdict = 0; verdict < VERDICTS; verdict++)
			if (seen[i][verdict])
				g_string_append_printf(names, "%s%s", names->len ? " " : "",
						       verdict_name((enum verdict)verdict));
		CHECK_STR(can[i].id, doctor_rows[i].id);
		CHECK_STR(names->str, can[i].verdicts);
	}
}

/* ---- the report ---- */

static void good_things_are_short(void)
{
	enter_by_name("a computer that is well");
	g_autofree char *text = report_text(&rig.report, false, false);
	g_autofree char *all = report_text(&rig.report, true, false);

	CHECK_CONTAINS(text, "\n  ok    KVM\n");
	CHECK_CONTAINS(all, "\n  ok    KVM: a virtual CPU ran\n");
	CHECK_CONTAINS(text, "\nNot needed: Huge pages,");
	CHECK(!strstr(all, "\nNot needed:"));
	leave();
}

static void commands_may_be_copied(void)
{
	enter_by_name("settings of another firmware");
	g_autofree char *text = report_text(&rig.report, false, false);

	CHECK_CONTAINS(text, "        > mv /state/oriel/win11/firmware-variables \\\n"
			     "          /state/oriel/win11/firmware-variables.old");
	leave();
}

static void what_fails_is_named_at_the_end(void)
{
	enter_by_name("a driver that nobody takes away");
	g_autofree char *text = report_text(&rig.report, false, false);

	CHECK_CONTAINS(text, "\n  FAIL  Driver now\n"
			     "        - group 14 is not viable: 01:00.0 is on nouveau\n"
			     "        - group 14 is not viable: 01:00.1 is on snd_hda_intel\n");
	CHECK_CONTAINS(text, "\n1 failure (Driver now), 1 warning (Monitor), ");
	leave();
}

static void colour_is_only_where_asked(void)
{
	enter_by_name("no TPM");
	g_autofree char *plain = report_text(&rig.report, true, false);
	g_autofree char *coloured = report_text(&rig.report, true, true);

	CHECK(!strchr(plain, '\033'));
	CHECK_CONTAINS(coloured, "\033[1;31mFAIL\033[0m  Windows 11");
	leave();
}

static void json_has_what_the_page_promises(void)
{
	enter_by_name("nobody loads VFIO");
	g_autofree char *text = report_json(&rig.report);
	g_autoptr(JsonParser) parser = json_parser_new();

	CHECK(json_parser_load_from_data(parser, text, -1, NULL));
	JsonObject *root = json_node_get_object(json_parser_get_root(parser));
	CHECK_EQ(json_object_get_int_member(root, "format"), 1);
	CHECK_STR(json_object_get_string_member(root, "machine"), "win11");
	JsonObject *check = NULL;
	for (unsigned i = 0; i < DOCTOR_ROWS; i++)
		if (strcmp(doctor_rows[i].id, "vfio") == 0)
			check = json_array_get_object_element(
				json_object_get_array_member(root, "checks"), i);
	CHECK_STR(json_object_get_string_member(check, "verdict"), "fail");
	CHECK_STR(json_object_get_string_member(
			  json_array_get_object_element(json_object_get_array_member(check, "read"),
							0),
			  "text"),
		  "vfio-pci is not loaded");
	JsonObject *fix = json_array_get_object_element(
		json_object_get_array_member(check, "fixes"), 0);
	CHECK(json_object_get_boolean_member(fix, "root"));
	CHECK_EQ(json_array_get_length(json_object_get_array_member(fix, "command")), 2);
	JsonObject *summary = json_object_get_object_member(root, "summary");
	CHECK_EQ(json_object_get_int_member(summary, "fail"), rig.report.counts[VERDICT_FAIL]);
	leave();
}

static void ids_are_words_and_differ(void)
{
	for (unsigned i = 0; i < DOCTOR_ROWS; i++) {
		const char *id = doctor_rows[i].id;
		CHECK_EQ(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(id));
		for (unsigned j = 0; j < i; j++)
			CHECK(strcmp(id, doctor_rows[j].id) != 0);
	}
}

/* ---- mending ---- */

static struct {
	char *folder, *text;
	unsigned failed;
} mended;

static void forget_mended(void)
{
	g_clear_pointer(&mended.text, free);
	sysroot_remove(mended.folder);
	mended.folder = NULL;
}

/* What a person types is `typed`. */
static void mend(const char *typed, bool yes, const char *pkexec)
{
	size_t length;

	forget_mended();
	mended.folder = sysroot_make("");
	struct mend mend = {
		.in = fmemopen((char *)typed, strlen(typed) + 1, "r"),
		.out = open_memstream(&mended.text, &length),
		.yes = yes,
		.folder = mended.folder,
		.pkexec = pkexec,
	};
	mended.failed = mend_all(&mend, &rig.report);
	fclose(mend.in);
	fclose(mend.out);
}

static void offer_alone(enum fix_kind kind, const char *const *words)
{
	for (unsigned i = 0; i < DOCTOR_ROWS; i++)
		g_ptr_array_set_size(rig.report.findings[i].fixes, 0);
	finding_offer(&rig.report.findings[0], kind, "a title", words);
}

static void nothing_is_done_before_a_yes(void)
{
	enter_by_name("a computer that is well");
	g_autofree char *path = g_build_filename(rig.root, "victim", NULL);
	CHECK(g_file_set_contents(path, "x", 1, NULL));
	offer_alone(FIX_RUN, WORDS("rm", "--", path));
	mend("n\n", false, NULL);
	CHECK(g_file_test(path, G_FILE_TEST_EXISTS));
	CHECK_CONTAINS(mended.text, "KVM: a title\n  rm -- ");
	CHECK_CONTAINS(mended.text, "Do it? [y/N]");
	mend("", false, NULL);
	CHECK(g_file_test(path, G_FILE_TEST_EXISTS));
	mend("y\n", false, NULL);
	CHECK(!g_file_test(path, G_FILE_TEST_EXISTS));
	CHECK_EQ(mended.failed, 0);
	offer_alone(FIX_RUN, WORDS("false"));
	mend("y\n", false, NULL);
	CHECK_EQ(mended.failed, 1);
	forget_mended();
	leave();
}

static void root_needs_pkexec(void)
{
	enter_by_name("a computer that is well");
	offer_alone(FIX_ROOT, WORDS("modprobe", "vfio-pci"));
	mend("y\n", true, NULL);
	CHECK_CONTAINS(mended.text, "sudo modprobe vfio-pci\n  There is no pkexec");
	mend("y\n", true, "/bin/true");
	CHECK_CONTAINS(mended.text, "pkexec modprobe vfio-pci\n  Done.");
	mend("y\n", true, "/bin/false");
	CHECK_EQ(mended.failed, 1);
	forget_mended();
	leave();
}

static void files_wait_for_a_person(void)
{
	enter_by_name("a group of others");
	mend("n\nn\nn\n", false, NULL);
	g_autofree char *refused = g_build_filename(mended.folder, "70-oriel-vfio.rules", NULL);
	CHECK(!g_file_test(refused, G_FILE_TEST_EXISTS));
	mend("", true, NULL);
	g_autofree char *path = g_build_filename(mended.folder, "70-oriel-vfio.rules", NULL);
	g_autofree char *text = NULL;
	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	CHECK_CONTAINS(text, "\nSUBSYSTEM==\"vfio\", GROUP=\"kvm\", MODE=\"0660\"\n");
	CHECK_CONTAINS(mended.text, "/etc/udev/rules.d/70-oriel-vfio.rules\n");
	CHECK_CONTAINS(mended.text, "sudo install -D -m 644 ");
	forget_mended();
	leave();
}

/* ---- how long it may take ---- */

/* The goals: 2 s where KVM answers, 4 s where it does not. Files are read in some milliseconds. */
static void deadlines_keep_the_goals(void)
{
	CHECK(ANSWERS_QEMU_MS < 2000);
	CHECK(ANSWERS_SUM_MS < 4000);
}

/* A program of that name, first in $PATH. */
static void ask(const char *program, const char *script)
{
	char *root = g_dir_make_tmp("oriel-sysroot-XXXXXX", NULL); /* programs run there */
	g_autofree char *path = g_build_filename(root, program, NULL);
	g_autofree char *text = g_strdup_printf("#!/bin/sh\n%s\n", script);
	g_autofree char *before = g_strdup(g_getenv("PATH"));
	g_autofree char *both = g_strconcat(root, ":", before, NULL);

	CHECK(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
	g_setenv("PATH", both, TRUE);
	answers_finish(&rig.answers);
	answers_ask(&rig.answers, NULL);
	g_setenv("PATH", before, TRUE);
	sysroot_remove(root);
}

static void ask_qemu(const char *script)
{
	ask("qemu-system-x86_64", script);
	CHECK(strstr(rig.answers.qemu.path, "oriel-sysroot-"));
}

static void ask_swtpm(const char *script)
{
	ask("swtpm", script);
	CHECK(strstr(rig.answers.swtpm.path, "oriel-sysroot-"));
}

/* A sleep holds our end of the pipe open, as a QEMU that hangs would. */
static void qemus_that_do_not_answer_are_left(void)
{
	ask_qemu("exec sleep 60");
	CHECK_EQ(rig.answers.qemu.error, ETIMEDOUT);
	ask_qemu("exit 1");
	CHECK_EQ(rig.answers.qemu.error, EPROTO);
	ask_qemu("yes 0123456789012345678901234567890123456789");
	CHECK_EQ(rig.answers.qemu.error, EMSGSIZE);
	answers_finish(&rig.answers);
	memset(&rig, 0, sizeof(rig));
}

static void what_qemu_says_is_read(void)
{
	ask_qemu("echo 'nonsense'; echo '[]'; echo '{\"return\":7,\"id\":\"types\"}';"
		 "echo '{\"return\":{\"qemu\":{\"major\":9,\"minor\":1}},\"id\":\"version\"}';"
		 "echo '{\"error\":{},\"id\":\"spice\"}';"
		 "echo '{\"return\":[{\"name\":\"vfio-pci\"},{\"name\":3},7],"
		 "\"id\":\"types\"}'");
	CHECK_EQ(rig.answers.qemu.error, 0);
	CHECK_EQ(rig.answers.qemu.major, 9);
	CHECK_EQ(rig.answers.qemu.minor, 1);
	CHECK(!rig.answers.qemu.spice);
	CHECK_STR(rig.answers.qemu.types[0], "vfio-pci");
	answers_finish(&rig.answers);
	memset(&rig, 0, sizeof(rig));
}

static void what_swtpm_says_is_read(void)
{
	ask_swtpm("exec sleep 60");
	CHECK_EQ(rig.answers.swtpm.error, ETIMEDOUT);
	ask_swtpm("echo nonsense");
	CHECK_EQ(rig.answers.swtpm.error, EPROTO);
	ask_swtpm("echo '{ \"features\": [ 7, {}, \"tpm-2.0\" ], \"version\": \"0.10.0\" }'");
	CHECK_EQ(rig.answers.swtpm.error, 0);
	CHECK(rig.answers.swtpm.tpm2);
	CHECK_STR(rig.answers.swtpm.version, "0.10.0");
	ask_swtpm("echo '{ \"features\": [ \"tpm-1.2\" ], \"version\": [] }'");
	CHECK(!rig.answers.swtpm.tpm2);
	CHECK(!rig.answers.swtpm.version);
	answers_finish(&rig.answers);
	memset(&rig, 0, sizeof(rig));
}

/* Of input devices that every machine has, and some that are none. */
static void evdev_devices_are_tried(void)
{
	char *paths[] = { (char *)"/dev/null", (char *)"/dev/input/by-id/none", NULL };

	answers_ask(&rig.answers, paths);
	CHECK_EQ(rig.answers.grabs[0], ENOTTY);
	CHECK_EQ(rig.answers.grabs[1], ENOENT);
	answers_finish(&rig.answers);
	memset(&rig, 0, sizeof(rig));
}

static const struct test_case cases[] = {
	TEST(each_visit_says_what_it_should),
	TEST(visits_bring_every_verdict),
	TEST(good_things_are_short),
	TEST(commands_may_be_copied),
	TEST(what_fails_is_named_at_the_end),
	TEST(colour_is_only_where_asked),
	TEST(json_has_what_the_page_promises),
	TEST(ids_are_words_and_differ),
	TEST(nothing_is_done_before_a_yes),
	TEST(root_needs_pkexec),
	TEST(files_wait_for_a_person),
	TEST(deadlines_keep_the_goals),
	TEST(qemus_that_do_not_answer_are_left),
	TEST(what_qemu_says_is_read),
	TEST(what_swtpm_says_is_read),
	TEST(evdev_devices_are_tried),
};

/* Root may read everything, so computers with secrets are visited as nobody. */
static void become_nobody(void)
{
	if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		abort();
	prctl(PR_SET_DUMPABLE, 1); /* for sanitizers, which look at themselves */
}

int main(int argc, char **argv)
{
	become_nobody();
	g_setenv("XDG_STATE_HOME", "/state", TRUE); /* below a sysroot */
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
