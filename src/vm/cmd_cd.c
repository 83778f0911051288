/* oriel cd: what lies in a running machine's CD drives. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "vm/cmd.h"
#include "vm/run/attach.h"

struct options {
	char *drive;
	gboolean force;
	char *word, *file; /* NULL: list them */
};

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "drive", 'd', 0, G_OPTION_ARG_STRING, &self->drive,
		  "Which, where there are several: 0 is the first", "N" },
		{ "force", 'f', 0, G_OPTION_ARG_NONE, &self->force,
		  "Even where the guest has locked the drive", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("NAME [IMAGE.iso|eject] - change a machine's CD");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, "Without an image: what lies in its drives.\n");
	g_set_prgname("oriel cd");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc < 2 || argc > 3 ||
	    (self->drive && strspn(self->drive, "0123456789") != strlen(self->drive))) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "a machine and an image are needed: oriel cd win11 drivers.iso");
		return FALSE;
	}
	self->word = argv[1];
	self->file = argc == 3 ? argv[2] : NULL;
	return TRUE;
}

/* QEMU opens the drive first, which a guest may not want. */
static gboolean eject(struct qmp *qmp, const char *drive, gboolean force, GError **error)
{
	JsonObject *arguments = qmp_words("id", drive, NULL);

	json_object_set_boolean_member(arguments, "force", force);
	return attach_do(qmp, "eject", arguments, error);
}

static gboolean insert(struct qmp *qmp, const char *drive, const char *file, gboolean force,
		       GError **error)
{
	g_autofree char *path = g_canonicalize_filename(file, NULL);
	JsonObject *arguments = qmp_words("id", drive, "filename", path, "format", "raw",
					  "read-only-mode", "read-only", NULL);

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		json_object_unref(arguments);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: there is no such file",
			    path);
		return FALSE;
	}
	json_object_set_boolean_member(arguments, "force", force);
	return attach_do(qmp, "blockdev-change-medium", arguments, error);
}

static gboolean is_drive(const char *name)
{
	return name && g_str_has_prefix(name, "drive");
}

static gboolean check_drive(struct qmp *qmp, const char *wanted, GError **error)
{
	g_autoptr(JsonNode) value = qmp_call(qmp, "query-block", NULL, error);
	JsonArray *drives = qmp_as_array(value);
	unsigned count = 0;

	for (unsigned i = 0; drives && i < json_array_get_length(drives); i++) {
		const char *name = qmp_text(qmp_as_object(json_array_get_element(drives, i)),
					    "qdev");
		if (g_strcmp0(name, wanted) == 0)
			return TRUE;
		count += is_drive(name);
	}
	if (value)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    count ? "it has no %s; oriel cd lists those it has"
				  : "it has no CD drive (%s); cds in its file gives it one",
			    wanted);
	return FALSE;
}

static gboolean list(struct qmp *qmp, GError **error)
{
	g_autoptr(JsonNode) value = qmp_call(qmp, "query-block", NULL, error);
	JsonArray *drives = qmp_as_array(value);

	for (unsigned i = 0; drives && i < json_array_get_length(drives); i++) {
		JsonObject *drive = qmp_as_object(json_array_get_element(drives, i));
		const char *name = qmp_text(drive, "qdev");
		const char *file = qmp_text(qmp_object(drive, "inserted"), "file");
		if (is_drive(name))
			printf("%-8s %s\n", name, file ? file : "empty");
	}
	return value != NULL;
}

static gboolean run(const struct options *options, struct qmp *qmp, GError **error)
{
	g_autofree char *drive = g_strconcat("drive", options->drive ? options->drive : "0", NULL);

	if (!options->file)
		return list(qmp, error);
	if (!check_drive(qmp, drive, error))
		return FALSE;
	if (strcmp(options->file, "eject") == 0)
		return eject(qmp, drive, options->force, error);
	return insert(qmp, drive, options->file, options->force, error);
}

int cmd_cd(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel cd: %s\n", error->message);
		return 2;
	}
	struct qmp *qmp = attach(options.word, NULL, &error);
	gboolean good = qmp && run(&options, qmp, &error);
	if (!good)
		fprintf(stderr, "oriel cd: %s\n", error->message);
	qmp_destroy(qmp);
	g_free(options.drive);
	return good ? 0 : 1;
}
