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
