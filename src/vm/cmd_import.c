/* oriel import: a machine of another program as a file of ours. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "vm/cmd.h"
#include "vm/exchange/element.h"
#include "vm/exchange/import.h"

struct options {
	char *output;
	gboolean force;
	const char *file;
};

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output,
		  "Write there instead of standard output", "FILE.yaml" },
		{ "force", 'f', 0, G_OPTION_ARG_NONE, &self->force, "Overwrite it", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("FILE - a machine of another program");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_summary(
		context, "FILE is libvirt's domain XML (virsh dumpxml NAME) or LibVF.IO's YAML; - "
			 "is\nstandard input.");
	g_option_context_set_description(context,
					 "What is not carried over is listed on standard error and "
					 "at the end of the file.\n");
	g_set_prgname("oriel import");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc != 2) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "one file is needed: oriel import win11.xml");
		return FALSE;
	}
	self->file = argv[1];
	return TRUE;
}

/* One byte more than any importer takes, so that it says that it is too long. */
static char *read_all(const char *path, size_t *length, GError **error)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text = g_malloc(ELEMENT_TEXT_MAX + 2);

	*length = file ? fread(text, 1, ELEMENT_TEXT_MAX + 1, file) : 0;
	if (!file || ferror(file)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
			    g_strerror(errno));
		g_clear_pointer(&text, g_free);
	} else {
		text[*length] = '\0';
	}
	if (file && file != stdin)
		fclose(file);
	return text;
}

static char *convert(const char *path, GPtrArray *lost, GError **error)
{
	size_t length;
	g_autofree char *text = read_all(path, &length, error);

	if (!text)
		return NULL;
	return (import_is_xml(text, length) ? import_libvirt : import_libvfio)(path, text, length,
									       lost, error);
}

static gboolean save(const struct options *options, const char *yaml, GError **error)
{
	if (!options->output)
		return fputs(yaml, stdout) >= 0 && fflush(stdout) == 0;
	if (!options->force && g_file_test(options->output, G_FILE_TEST_EXISTS)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
			    "%s exists; --force overwrites it", options->output);
		return FALSE;
	}
	return g_file_set_contents(options->output, yaml, -1, error);
}

int cmd_import(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autofree char *yaml = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel import: %s\n", error->message);
		return 2;
	}
	yaml = convert(options.file, lost, &error);
	gboolean saved = yaml && save(&options, yaml, &error);
	if (!saved)
		fprintf(stderr, "oriel import: %s\n", error ? error->message : "cannot write");
	for (unsigned i = 0; saved && i < lost->len; i++)
		fprintf(stderr, "oriel: not carried over: %s\n", (char *)lost->pdata[i]);
	g_free(options.output);
	return saved ? 0 : 1;
}
