/* oriel init: a file for a machine, made of what this computer has. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "vm/cmd.h"
#include "vm/config/config.h"
#include "vm/config/write.h"
#include "vm/host/facts.h"
#include "vm/init/init.h"
#include "vm/init/setup.h"
#include "vm/plan/plan.h"

struct options {
	char *os, *gpu, *disk, *memory, *sysroot;
	char **isos;
	int cores;
	gboolean force, answer;
	char *language, *edition, *key_file, *key, *user, *tools;
	char *name, *path, *folder; /* of the file */
};

static gboolean fail(GError **error, const char *format, const char *what)
{
	g_autofree char *why = g_strdup_printf(format, what);

	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, why);
	return FALSE;
}

/* ---- options ---- */

/* NAME, or a file whose name it is. */
static void take_name(struct options *self, const char *word)
{
	bool file = g_str_has_suffix(word, ".yaml") || g_str_has_suffix(word, ".yml");
	g_autofree char *path = file ? g_strdup(word) : g_strconcat(word, ".yaml", NULL);

	self->name = g_path_get_basename(word);
	if (file)
		*strrchr(self->name, '.') = '\0';
	self->path = g_canonicalize_filename(path, NULL);
	self->folder = g_path_get_dirname(self->path);
}

/* ps shows everybody's command lines to everybody. */
static gboolean check_answer_options(const struct options *self, GError **error)
{
	const char *const of_answers[][2] = { { self->user, "--user" },
					      { self->language, "--language" },
					      { self->edition, "--edition" },
					      { self->key_file, "--product-key-file" },
					      { self->tools, "--tools" } };

	if (self->key)
		return fail(error,
			    "%s shows the key to everybody here; write it to a file of yours and "
			    "give --product-key-file FILE, or - to be asked",
			    "--product-key");
	for (size_t i = 0; i < G_N_ELEMENTS(of_answers) && !self->answer; i++)
		if (of_answers[i][0])
			return fail(error, "%s is for the CD that --answer-file makes",
				    of_answers[i][1]);
	return TRUE;
}

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "os", 'o', 0, G_OPTION_ARG_STRING, &self->os,
		  "windows11, windows10, linux or other", "OS" },
		{ "iso", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &self->isos,
		  "An installer's image; more than once for more", "FILE" },
		{ "gpu", 'g', 0, G_OPTION_ARG_STRING, &self->gpu,
		  "Address, ids, other or none; oriel gpu lists", "GPU" },
		{ "disk", 'd', 0, G_OPTION_ARG_STRING, &self->disk, "Of the new disk", "SIZE" },
		{ "memory", 'm', 0, G_OPTION_ARG_STRING, &self->memory, "Of the guest", "SIZE" },
		{ "cores", 'c', 0, G_OPTION_ARG_INT, &self->cores, "Of the guest", "N" },
		{ "force", 'f', 0, G_OPTION_ARG_NONE, &self->force, "Overwrite the file", NULL },
		{ "sysroot", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &self->sysroot,
		  "Where /sys and /proc are", "FOLDER" },
		{ "answer-file", 'a', 0, G_OPTION_ARG_NONE, &self->answer,
		  "A CD by which Windows installs itself", NULL },
		{ "user", 0, 0, G_OPTION_ARG_STRING, &self->user, "  its account's name", "NAME" },
		{ "language", 0, 0, G_OPTION_ARG_STRING, &self->language, "  as in en-US",
		  "LANGUAGE" },
		{ "edition", 0, 0, G_OPTION_ARG_STRING, &self->edition,
		  "  as in \"Windows 11 Pro\"", "NAME" },
		{ "product-key-file", 0, 0, G_OPTION_ARG_FILENAME, &self->key_file,
		  "  has its product key; - is standard input", "FILE" },
		{ "product-key", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &self->key, NULL,
		  NULL },
		{ "tools", 0, 0, G_OPTION_ARG_FILENAME, &self->tools,
		  "  what it installs at the first log-on", "FOLDER" },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("NAME|FILE.yaml - a file for a machine");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_summary(context, "Looks at this computer and writes a commented file. "
					      "Without --iso it\ntakes the images of this folder "
					      "whose names fit.");
	g_option_context_set_description(context,
					 "With --answer-file the account's password is asked for, "
					 "or read from standard\ninput.\n");
	g_set_prgname("oriel init");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc != 2)
		return fail(error, "%s is needed: oriel init win11 --os windows11", "a name");
	take_name(self, argv[1]);
	return check_answer_options(self, error);
}

static void options_free(struct options *self)
{
	char *const texts[] = { self->os,      self->gpu,      self->disk,    self->memory,
				self->sysroot, self->language, self->edition, self->key_file,
				self->key,     self->user,     self->tools,   self->name,
				self->path,    self->folder };

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
	g_strfreev(self->isos);
}

/* ---- images ---- */

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *images_here(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) here = g_dir_open(".", 0, NULL);
	const char *name;

	while (here && (name = g_dir_read_name(here)))
		if (g_str_has_suffix(name, ".iso"))
			g_ptr_array_add(names, g_canonicalize_filename(name, NULL));
	g_ptr_array_sort(names, by_name);
	return names;
}

/* The first that fits, and drivers for Windows. */
static void find_images(GPtrArray *isos, enum vm_os os)
{
	g_autoptr(GPtrArray) names = images_here();
	bool windows = os == VM_WINDOWS11 || os == VM_WINDOWS10, found = isos->len > 0;
	const char *drivers = NULL;
	enum vm_os guess;

	for (unsigned i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		if (init_is_drivers(name))
			drivers = name;
		else if (!found && init_guess_os(name, &guess) && guess == os) {
			g_ptr_array_add(isos, g_strdup(name));
			found = true;
		}
	}
	for (unsigned i = 0; i < isos->len; i++)
		if (init_is_drivers(isos->pdata[i]))
			drivers = NULL;
	if (windows && drivers)
		g_ptr_array_add(isos, g_strdup(drivers));
}

static gboolean take_images(const struct options *options, GPtrArray *isos, GError **error)
{
	for (char **iso = options->isos; iso && *iso; iso++) {
		if (!g_file_test(*iso, G_FILE_TEST_EXISTS))
			return fail(error, "--iso %s: there is no such file", *iso);
		g_ptr_array_add(isos, g_canonicalize_filename(*iso, NULL));
	}
	return TRUE;
}

static gboolean take_os(const struct options *options, const GPtrArray *isos, enum vm_os *out,
			GError **error)
{
	static const char *const names[] = { [VM_WINDOWS11] = "windows11",
					     [VM_WINDOWS10] = "windows10",
					     [VM_LINUX] = "linux",
					     [VM_OTHER] = "other" };

	for (size_t i = 0; options->os && i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], options->os) == 0) {
			*out = (enum vm_os)i;
			return TRUE;
		}
	if (options->os)
		return fail(error, "--os %s: say windows11, windows10, linux or other",
			    options->os);
	for (unsigned i = 0; i < isos->len; i++)
		if (init_guess_os(isos->pdata[i], out))
			return TRUE;
	return fail(error, "%s is needed: windows11, windows10, linux or other", "--os");
}

/* ---- the answer file ---- */

/* "de_DE.UTF-8" -> "de-DE". */
static char *own_language(void)
{
	const char *set = g_getenv("LC_ALL");
	g_autofree char *name = g_strdup(set && *set ? set : g_getenv("LANG"));

	if (!name || !g_regex_match_simple("^[a-z]{2,3}_[A-Z]{2}", name, 0, 0))
		return g_strdup("en-US");
	name[strcspn(name, ".@")] = '\0';
	*strchr(name, '_') = '-';
	return g_steal_pointer(&name);
}

/* What Windows takes as a computer's name. */
static char *computer_name(const char *name)
{
	GString *out = g_string_new(NULL);

	for (; *name && out->len < 15; name++)
		g_string_append_c(out, g_ascii_isalnum(*name) ? *name : '-');
	return g_string_free(out, FALSE);
}

static gboolean check_answers(const struct options *options, const struct answers *answers,
			      GError **error)
{
	g_autofree char *disk = g_strdup_printf("%s/%s.qcow2", options->folder, options->name);
	g_autofree char *why = answers_check(answers);

	if (answers->os != VM_WINDOWS11 && answers->os != VM_WINDOWS10)
		return fail(error, "%s is for Windows", "--answer-file");
	if (why)
		return fail(error, "%s", why);
	if (g_file_test(disk, G_FILE_TEST_EXISTS))
		return fail(
			error,
			"%s exists, and Windows' installer would erase it; move it away, or leave "
			"--answer-file out",
			disk);
	return TRUE;
}

static gboolean add_setup(struct options *options, enum vm_os os, GPtrArray *isos, GError **error)
{
	g_autofree char *path = g_strdup_printf("%s/%s-setup.iso", options->folder, options->name);
	g_autofree char *computer = computer_name(options->name), *password = NULL;

	if (!options->user)
		options->user = g_strdup(g_get_user_name());
	if (!options->language)
		options->language = own_language();
	if (!options->edition)
		options->edition = g_strdup(os == VM_WINDOWS10 ? "Windows 10 Pro"
							       : "Windows 11 Pro");
	if (options->key_file && !(options->key = setup_read_key(options->key_file, error)))
		return FALSE;
	struct answers answers = { os,           options->language, options->edition,
				   options->key, options->user,     "",
				   computer };
	if (!check_answers(options, &answers, error) ||
	    !(password = setup_ask_password(options->user, error)))
		return FALSE;
	answers.password = password;
	if (!check_answers(options, &answers, error) ||
	    !setup_make(&answers, options->tools, path, error))
		return FALSE;
	printf("%s: answers for Windows' installer, with the account's password\n", path);
	g_ptr_array_add(isos, g_steal_pointer(&path));
	return TRUE;
}

/* ---- the file ---- */

static char *write_text(const struct vm *vm, GHashTable *remarks)
{
	g_autofree char *text = config_write_commented(vm, remarks);

	return g_strconcat(
		"# yaml-language-server: $schema=/usr/share/oriel/oriel-vm.schema.json\n"
		"#\n# Made by oriel init of what this computer has. oriel plan shows what "
		"it means;\n# oriel.yaml(5) has every key.\n",
		text, NULL);
}

/* What is still missing is no reason not to write the file. */
static void tell_plan(const struct options *options, const struct vm *vm, const struct facts *facts)
{
	g_autoptr(GError) error = NULL;
	struct plan *plan = plan_make(vm, facts, &error);

	if (!plan)
		fprintf(stderr, "oriel: note: it cannot run here yet: %s\n", error->message);
	for (unsigned i = 0; plan && i < plan->notes->len; i++)
		fprintf(stderr, "oriel: note: %s\n", (char *)plan->notes->pdata[i]);
	printf("%s: look through it; then oriel up %s\n", options->path, options->path);
	plan_free(plan);
}

static void tell_requirements(const struct vm *vm, const struct facts *facts,
			      const struct host_size *size)
{
	unsigned lacking = 0;

	if (vm->os != VM_WINDOWS11)
		return;
	g_autofree char *table = init_requirements(vm, facts, size, &lacking);
	printf("\n%s\n", table);
	if (lacking)
		fprintf(stderr, "oriel: note: %u of Windows 11's requirements %s not met\n",
			lacking, lacking == 1 ? "is" : "are");
}

static gboolean write_file(const struct options *options, const struct facts *facts,
			   const struct host_size *size, struct vm *made, GHashTable *remarks,
			   GError **error)
{
	g_autofree char *text = write_text(made, remarks);
	struct vm *vm = config_parse(options->path, text, strlen(text), options->folder, error);
	gboolean written = vm && g_file_set_contents(options->path, text, -1, error);

	if (written) {
		tell_requirements(vm, facts, size);
		tell_plan(options, vm, facts);
	}
	config_free(vm);
	return written;
}

static gboolean make(struct options *options, enum vm_os os, GPtrArray *isos, GError **error)
{
	const char *sysroot = options->sysroot ? options->sysroot : "";
	g_autoptr(GHashTable)
		remarks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	struct vm *empty = config_new("empty");
	struct facts *facts = host_facts(sysroot, empty);
	struct host_size size = host_size(sysroot);
	g_ptr_array_add(isos, NULL);
	const struct init_wish wish = { options->name,
					os,
					(const char *const *)isos->pdata,
					options->gpu,
					options->disk,
					options->memory,
					options->cores,
					options->answer };
	struct vm *vm = init_machine(&wish, facts, &size, remarks, error);
	gboolean written = vm && write_file(options, facts, &size, vm, remarks, error);

	config_free(vm);
	config_free(empty);
	host_facts_free(facts);
	return written;
}

static gboolean run(struct options *options, GError **error)
{
	g_autoptr(GPtrArray) isos = g_ptr_array_new_with_free_func(g_free);
	enum vm_os os;

	if (!options->force && g_file_test(options->path, G_FILE_TEST_EXISTS))
		return fail(error, "%s exists; --force overwrites it", options->path);
	if (!g_file_test(options->folder, G_FILE_TEST_IS_DIR))
		return fail(error, "%s: there is no such folder", options->folder);
	if (!take_images(options, isos, error) || !take_os(options, isos, &os, error))
		return FALSE;
	find_images(isos, os);
	return (!options->answer || add_setup(options, os, isos, error)) &&
	       make(options, os, isos, error);
}

int cmd_init(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;
	int status = !parse(&options, argc, argv, &error) ? 2 : run(&options, &error) ? 0 : 1;

	if (status)
		fprintf(stderr, "oriel init: %s\n", error->message);
	options_free(&options);
	return status;
}
