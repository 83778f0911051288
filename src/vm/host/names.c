#include "vm/host/names.h"

#include <stdbool.h>
#include <string.h>

#include "vm/host/text.h"

#define FILE_MAX (16 << 20)

struct names {
	char *text; /* of pci.ids; "": there is none */
};

/* The line that begins so, from `text` on; NULL where one that ends the section comes first, or
 * none. */
static const char *find_line(const char *text, const char *start, bool within)
{
	size_t length = strlen(start);

	while (text && *text) {
		if (strncmp(text, start, length) == 0)
			return text + length;
		if (within && *text != '\t' && *text != '#' && *text != '\n')
			return NULL;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

/* "AD102 [GeForce RTX 4090]" is a GeForce RTX 4090. */
static char *in_brackets(const char *name)
{
	const char *open = strrchr(name, '['), *close = open ? strchr(open, ']') : NULL;

	return close && close > open + 1 ? g_strndup(open + 1, (gsize)(close - open - 1)) : NULL;
}

/* "NVIDIA Corporation" is NVIDIA; "Advanced Micro Devices, Inc. [AMD/ATI]" is AMD/ATI. */
static char *short_vendor(const char *name)
{
	char *brackets = in_brackets(name);

	return brackets ? brackets : g_strndup(name, strcspn(name, " ,"));
}

char *names_in(const char *text, uint16_t vendor, uint16_t product)
{
	g_autofree char *first = g_strdup_printf("%04x  ", vendor);
	g_autofree char *second = g_strdup_printf("\t%04x  ", product);
	const char *at = find_line(text, first, false);
	g_autofree char *maker = at ? text_line(at) : NULL;

	if (!maker)
		return g_strdup_printf("%04x:%04x", vendor, product);
	at = strchr(at, '\n');
	at = at ? find_line(at + 1, second, true) : NULL;
	g_autofree char *brand = short_vendor(maker), *name = at ? text_line(at) : NULL;
	if (!name)
		return g_strdup_printf("%s %04x", brand, product);
	g_autofree char *model = in_brackets(name);
	return g_strdup_printf("%s %s", brand, model ? model : name);
}

char *names_of(const struct names *self, uint16_t vendor, uint16_t product)
{
	return names_in(self->text, vendor, product);
}

struct names *names_load(const char *sysroot)
{
	struct names *self = g_new0(struct names, 1);
	g_autofree char *path = g_build_filename(sysroot, "/usr/share/misc/pci.ids", NULL);
	g_autofree char *other = g_build_filename(sysroot, "/usr/share/hwdata/pci.ids", NULL);
	gsize length = 0;

	if (!g_file_get_contents(path, &self->text, &length, NULL) &&
	    !g_file_get_contents(other, &self->text, &length, NULL))
		self->text = g_strdup("");
	if (length > FILE_MAX)
		*self->text = '\0';
	return self;
}

void names_free(struct names *self)
{
	if (!self)
		return;
	g_free(self->text);
	g_free(self);
}
