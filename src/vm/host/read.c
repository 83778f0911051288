#include "vm/host/read.h"

#include <glib.h>

#include "shm/sysfs.h"
#include "vm/host/text.h"

unsigned read_hex(const char *dir, const char *name)
{
	char text[32];
	uint32_t value;

	return sysfs_read(dir, name, text, sizeof(text)) >= 0 && sysfs_parse_hex(text, &value)
		       ? value
		       : 0;
}

int read_number(const char *dir, const char *name, int otherwise)
{
	char text[32];
	long long value;

	return sysfs_read(dir, name, text, sizeof(text)) >= 0 &&
			       text_number(text, G_MININT, G_MAXINT, &value)
		       ? (int)value
		       : otherwise;
}

unsigned read_count(const char *dir, const char *name)
{
	return (unsigned)MAX(read_number(dir, name, 0), 0);
}

char *read_parsed(const char *dir, const char *name, char *parse(const char *text))
{
	char text[READ_MAX];

	return sysfs_read(dir, name, text, sizeof(text)) >= 0 ? parse(text) : NULL;
}
