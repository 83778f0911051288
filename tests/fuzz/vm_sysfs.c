/* What sysfs and pci.ids may hold. What is accepted fits on a terminal and in a path. */
#include <stdlib.h>
#include <string.h>

#include "vm/host/names.h"
#include "vm/host/text.h"
#include "vm/plan/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(char *line)
{
	if (line && (!*line || strlen(line) >= TEXT_LINE_MAX || strpbrk(line, "\n\033")))
		abort();
	g_free(line);
}

static void check_vgpus(const char *text)
{
	g_autoptr(GPtrArray) all = text_vgpus(text);

	for (unsigned i = 0; i < all->len; i++) {
		const struct facts_type *type = all->pdata[i];
		if (!type->id || !type->name || strtoul(type->id, NULL, 10) == 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autofree char *reset = text_reset(text);
	long long number;

	check_line(text_line(text));
	check_line(names_in(text, 0x10de, 0x2684));
	check_line(text_lines(text));
	check_line(text_override(text));
	check_vgpus(text);
	text_memory(text);
	if (text_number(text, -1, 64, &number) && (number < -1 || number > 64))
		abort();
	if (reset && strpbrk(reset, "\n/;"))
		abort();
	return 0;
}
