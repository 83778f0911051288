#include "vm/words.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

char *words_for_qemu(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);

	return g_strjoinv(",,", parts);
}

char *words_for_shell(const char *word)
{
	bool plain = *word && !strpbrk(word, " \t\n\"'\\$`&|;<>()*?[]{}#~!");

	return plain ? g_strdup(word) : g_shell_quote(word);
}

/* Not g_format_size(), whose space is one of three bytes. */
char *words_for_size(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	double size = (double)bytes;
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
		size /= 1024;
	return g_strdup_printf("%.*f %s", unit ? 1 : 0, size, units[unit]);
}
