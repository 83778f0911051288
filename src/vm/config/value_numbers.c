/* Numbers, sizes and sets of CPUs. */
#include "vm/config/value_kinds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool value_parse_number(const char *text, unsigned base, uint64_t max, uint64_t *out)
{
	char *end;

	if (!g_ascii_isxdigit(*text) || (base == 16 && g_ascii_tolower(text[1]) == 'x'))
		return false;
	errno = 0;
	uint64_t value = g_ascii_strtoull(text, &end, base);
	if (errno || *end || end == text || value > max)
		return false;
	*out = value;
	return true;
}

bool value_parse_part(const char *text, size_t length, unsigned base, uint64_t max, uint64_t *out)
{
	char part[24];

	if (length == 0 || length >= sizeof(part))
		return false;
	memcpy(part, text, length);
	part[length] = '\0';
	return value_parse_number(part, base, max, out);
}

static char *range_text(const struct row *row, const char *text)
{
	return g_strdup_printf("%s: must be a number from %lld to %lld", text, row->min, row->max);
}

static char *read_int(const struct row *row, const char *text, const char *folder, void *field)
{
	bool negative = *text == '-';
	uint64_t value;

	(void)folder;
	if (!value_parse_number(text + negative, 10, INT32_MAX, &value))
		return range_text(row, text);
	long long number = negative ? -(long long)value : (long long)value;
	if (number < row->min || number > row->max)
		return range_text(row, text);
	*(int *)field = (int)number;
	return NULL;
}

static char *write_int(const struct row *row, const void *field)
{
	(void)row;
	return g_strdup_printf("%d", *(const int *)field);
}

static const struct unit {
	const char *name;
	unsigned shift;
} units[] = {
	{ "T", 40 }, { "G", 30 }, { "M", 20 }, { "K", 10 }, { "", 0 },
};

bool value_parse_size(const char *text, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	const char *name = text + digits;
	uint64_t number;

	if (!value_parse_part(text, digits, 10, UINT64_MAX, &number))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		const struct unit *unit = &units[i];
		size_t length = strlen(unit->name);
		const char *rest = name + length;
		if (g_ascii_strncasecmp(name, unit->name, length) != 0 ||
		    (*rest && (!length || (g_ascii_strcasecmp(rest, "iB") != 0 &&
					   g_ascii_strcasecmp(rest, "B") != 0))))
			continue;
		return !__builtin_mul_overflow(number, UINT64_C(1) << unit->shift, out);
	}
	return false;
}

static char *size_text(uint64_t size)
{
	size_t i = 0;

	while (size == 0 || size & ((UINT64_C(1) << units[i].shift) - 1))
		if (!*units[i].name)
			break;
		else
			i++;
	return g_strdup_printf("%" G_GUINT64_FORMAT "%s", size >> units[i].shift, units[i].name);
}

static char *read_size(const struct row *row, const char *text, const char *folder, void *field)
{
	uint64_t size;

	(void)folder;
	if (!value_parse_size(text, &size))
		return g_strdup_printf("%s: is no size; write 512M, 16G or 1T", text);
	if (size < (uint64_t)row->min || (row->max && size > (uint64_t)row->max)) {
		g_autofree char *min = size_text((uint64_t)row->min);
		g_autofree char *max = size_text((uint64_t)row->max);
		return g_strdup_printf("%s: must be from %s to %s", text, min,
				       row->max ? max : "what there is room for");
	}
	*(uint64_t *)field = size;
	return NULL;
}

static char *write_size(const struct row *row, const void *field)
{
	(void)row;
	return size_text(*(const uint64_t *)field);
}

static char *read_extent(const struct row *row, const char *text, const char *folder, void *field)
{
	const char *by = strchr(text, 'x');
	uint64_t width, height;

	(void)row, (void)folder;
	if (!by || !value_parse_part(text, (size_t)(by - text), 10, 32767, &width) ||
	    !value_parse_number(by + 1, 10, 32767, &height) || width == 0 || height == 0)
		return g_strdup_printf("%s: is no resolution; write 2560x1440", text);
	*(struct vm_extent *)field = (struct vm_extent){ (uint32_t)width, (uint32_t)height };
	return NULL;
}

static char *write_extent(const struct row *row, const void *field)
{
	const struct vm_extent *extent = field;

	(void)row;
	return g_strdup_printf("%ux%u", extent->width, extent->height);
}

static bool add_cpus(struct vm_cpus *cpus, const char *part)
{
	const char *dash = strchr(part, '-');
	uint64_t first, last;

	if (!value_parse_part(part, dash ? (size_t)(dash - part) : strlen(part), 10,
			      VM_CPUS_MAX - 1, &first))
		return false;
	last = first;
	if (dash && (!value_parse_number(dash + 1, 10, VM_CPUS_MAX - 1, &last) || last < first))
		return false;
	for (uint64_t i = first; i <= last; i++)
		cpus->bits[i / 64] |= UINT64_C(1) << i % 64;
	return true;
}

static char *read_cpus(const struct row *row, const char *text, const char *folder, void *field)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);
	struct vm_cpus cpus = { 0 };

	(void)row, (void)folder;
	for (char **part = parts; *part; part++)
		if (!add_cpus(&cpus, g_strstrip(*part)))
			return g_strdup_printf("%s: is no list of CPUs; write 2-5,8 (0 to %d)",
					       text, VM_CPUS_MAX - 1);
	*(struct vm_cpus *)field = cpus;
	return NULL;
}

static bool has_cpu(const struct vm_cpus *cpus, unsigned cpu)
{
	return cpu < VM_CPUS_MAX && cpus->bits[cpu / 64] >> cpu % 64 & 1;
}

static char *write_cpus(const struct row *row, const void *field)
{
	GString *text = g_string_new(NULL);

	(void)row;
	for (unsigned first = 0; first < VM_CPUS_MAX; first++) {
		unsigned last = first;
		if (!has_cpu(field, first))
			continue;
		while (has_cpu(field, last + 1))
			last++;
		g_string_append_printf(text, "%s%u", text->len ? "," : "", first);
		if (last > first)
			g_string_append_printf(text, "-%u", last);
		first = last;
	}
	return g_string_free(text, FALSE);
}

const struct value_kind value_int = { read_int, write_int, NULL };
const struct value_kind value_size = { read_size, write_size, NULL };
const struct value_kind value_extent = { read_extent, write_extent, NULL };
const struct value_kind value_cpus = { read_cpus, write_cpus, NULL };
