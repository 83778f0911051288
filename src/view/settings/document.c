/* Of the build: document man PAGE | bash | fish | zsh, to stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/settings/document.h"

static const struct {
	const char *name;
	char *(*make)(void);
} shells[] = {
	{ "bash", document_bash },
	{ "fish", document_fish },
	{ "zsh", document_zsh },
};

static char *make_man(const char *path)
{
	g_autofree char *page = NULL;
	g_autoptr(GError) error = NULL;

	if (g_file_get_contents(path, &page, NULL, &error))
		return document_man(page);
	fprintf(stderr, "%s\n", error->message);
	return NULL;
}

int main(int argc, char **argv)
{
	g_autofree char *text = NULL;

	if (argc == 3 && strcmp(argv[1], "man") == 0)
		text = make_man(argv[2]);
	for (size_t i = 0; argc == 2 && i < G_N_ELEMENTS(shells); i++)
		if (strcmp(argv[1], shells[i].name) == 0)
			text = shells[i].make();
	if (!text)
		return EXIT_FAILURE;
	return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
