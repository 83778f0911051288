#include "view/settings/value.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "view/settings/keys.h"
#include "view/settings/nearest.h"

/* One kind. `field` points to what the kind's row in schema.h says; parse() gets a zeroed one. */
struct kind {
	size_t size;
	bool (*parse)(const struct setting *row, const char *text, void *field, GString *why);
	void (*print)(const struct setting *row, const void *field, GString *out);
	void (*clear)(void *field); /* optional */
};

static bool is_word(const struct setting *row, const char *text)
{
	return row->word && g_ascii_strcasecmp(row->word, text) == 0;
}

/* ---- bool ---- */

static bool parse_bool(const struct setting *row, const char *text, void *field, GString *why)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "false", "true" }, { "off", "on" }, { "0", "1" }
	};

	(void)row;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		for (int on = 0; on <= 1; on++)
			if (g_ascii_strcasecmp(words[i][on], text) == 0) {
				*(gboolean *)field = on;
				return true;
			}
	g_string_append(why, "want yes or no");
	return false;
}

static void print_bool(const struct setting *row, const void *field, GString *out)
{
	(void)row;
	g_string_append(out, *(const gboolean *)field ? "yes" : "no");
}

/* ---- numbers ---- */

static void want_number(const struct setting *row, const char *what, GString *why)
{
	g_string_append_printf(why, "want %s%s%s from %.10g to %.10g", what,
			       row->unit ? " of " : "", row->unit ? row->unit : "", row->min,
			       row->max);
	if (row->word)
		g_string_append_printf(why, ", or %s", row->word);
}

/* Of plain digits, and with the row's unit behind it or without. */
static bool read_number(const struct setting *row, const char *text, double *out)
{
	char *end;
	double value = g_ascii_strtod(text, &end);

	if (end == text || strspn(text, "+-.0123456789eE") < (size_t)(end - text))
		return false;
	while (*end == ' ')
		end++;
	if (*end && !(row->unit && g_ascii_strcasecmp(end, row->unit) == 0))
		return false;
	*out = value;
	return value >= row->min && value <= row->max;
}

static bool parse_int(const struct setting *row, const char *text, void *field, GString *why)
{
	double value = SETTING_WORD;

	if (!is_word(row, text) && (!read_number(row, text, &value) || value != trunc(value))) {
		want_number(row, "a whole number", why);
		return false;
	}
	*(int *)field = (int)value;
	return true;
}

static void print_int(const struct setting *row, const void *field, GString *out)
{
	int value = *(const int *)field;

	if (row->word && value == SETTING_WORD)
		g_string_append(out, row->word);
	else
		g_string_append_printf(out, "%d", value);
}

static bool parse_float(const struct setting *row, const char *text, void *field, GString *why)
{
	double value = SETTING_WORD;

	if (!is_word(row, text) && !read_number(row, text, &value)) {
		want_number(row, "a number", why);
		return false;
	}
	*(double *)field = value;
	return true;
}

/* The shortest text that reads back as the same number. */
static void print_number(double value, GString *out)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(text, sizeof(text), "%.10g", value);
	if (g_ascii_strtod(text, NULL) != value)
		g_ascii_dtostr(text, sizeof(text), value);
	g_string_append(out, text);
}

static void print_float(const struct setting *row, const void *field, GString *out)
{
	double value = *(const double *)field;

	if (row->word && value == SETTING_WORD)
		g_string_append(out, row->word);
	else
		print_number(value, out);
}

/* ---- one of several ---- */

static bool parse_enum(const struct setting *row, const char *text, void *field, GString *why)
{
	struct nearest nearest = nearest_to(text);

	for (int i = 0; row->names[i]; i++) {
		if (g_ascii_strcasecmp(row->names[i], text) == 0) {
			memcpy(field, &i, sizeof(i));
			return true;
		}
		nearest_offer(&nearest, row->names[i]);
	}
	g_autofree char *names = g_strjoinv(", ", (char **)row->names);
	g_string_append_printf(why, "there are %s", names);
	nearest_append(&nearest, why);
	return false;
}

static void print_enum(const struct setting *row, const void *field, GString *out)
{
	int value;

	memcpy(&value, field, sizeof(value));
	g_string_append(out, row->names[value]);
}

/* ---- texts ---- */

/* Nothing in it may steer a terminal that it is printed to. */
static bool is_plain_text(const char *text, GString *why)
{
	bool plain = g_utf8_validate(text, -1, NULL);

	for (const char *at = text; plain && *at; at = g_utf8_next_char(at))
		plain = !g_unichar_iscntrl(g_utf8_get_char(at));
	if (!plain)
		g_string_append(why, "want UTF-8 without control characters");
	return plain;
}

static bool parse_text(const struct setting *row, const char *text, void *field, GString *why)
{
	(void)row;
	if (!is_plain_text(text, why))
		return false;
	*(char **)field = *text ? g_strdup(text) : NULL;
	return true;
}

/* Names of files are bytes, not texts. */
static bool parse_path(const struct setting *row, const char *text, void *field, GString *why)
{
	char **path = field;

	(void)row;
	(void)why;
	if (g_str_has_prefix(text, "~/"))
		*path = g_build_filename(g_get_home_dir(), text + 2, NULL);
	else
		*path = *text ? g_strdup(text) : NULL;
	return true;
}

static void print_text(const struct setting *row, const void *field, GString *out)
{
	const char *text = *(char *const *)field;

	(void)row;
	g_string_append(out, text ? text : "");
}

static void clear_text(void *field)
{
	g_clear_pointer((char **)field, g_free);
}

static bool parse_list(const struct setting *row, const char *text, void *field, GString *why)
{
	g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);

	(void)row;
	if (!is_plain_text(text, why))
		return false;
	for (char **part = parts; *part; part++)
		if (*g_strstrip(*part))
			g_ptr_array_add(items, g_strdup(*part));
	if (items->len) {
		g_ptr_array_add(items, NULL);
		*(char ***)field = (char **)g_ptr_array_steal(items, NULL);
	}
	return true;
}

static void print_list(const struct setting *row, const void *field, GString *out)
{
	char **items = *(char **const *)field;

	(void)row;
	for (char **item = items; item && *item; item++)
		g_string_append_printf(out, "%s%s", item == items ? "" : ",", *item);
}

static void clear_list(void *field)
{
	g_clear_pointer((char ***)field, g_strfreev);
}

/* ---- two numbers ---- */

/* "AxB", nothing behind it. */
static bool read_pair(const char *text, char between, gint64 min, gint64 max, gint64 out[2])
{
	char *end;

	out[0] = g_ascii_strtoll(text, &end, 10);
	if (end == text || *end != between)
		return false;
	text = end + 1;
	out[1] = g_ascii_strtoll(text, &end, 10);
	return end != text && !*end && out[0] >= min && out[0] <= max && out[1] >= min &&
	       out[1] <= max;
}

static bool parse_size(const struct setting *row, const char *text, void *field, GString *why)
{
	gint64 pair[2] = { 0, 0 };

	if (!is_word(row, text) && !read_pair(text, 'x', 1, 16384, pair)) {
		g_string_append_printf(why, "want a size as 1280x720%s%s", row->word ? ", or " : "",
				       row->word ? row->word : "");
		return false;
	}
	*(struct extent *)field = (struct extent){ (uint32_t)pair[0], (uint32_t)pair[1] };
	return true;
}

static void print_size(const struct setting *row, const void *field, GString *out)
{
	const struct extent *size = field;

	if (size->width)
		g_string_append_printf(out, "%ux%u", size->width, size->height);
	else
		g_string_append(out, row->word ? row->word : "");
}

static bool parse_position(const struct setting *row, const char *text, void *field, GString *why)
{
	gint64 pair[2] = { 0, 0 };
	bool given = !is_word(row, text);

	if (given && !read_pair(text, ',', -65536, 65536, pair)) {
		g_string_append_printf(why, "want a place as 100,-20%s%s", row->word ? ", or " : "",
				       row->word ? row->word : "");
		return false;
	}
	*(struct place *)field = (struct place){ (int32_t)pair[0], (int32_t)pair[1], given };
	return true;
}

static void print_position(const struct setting *row, const void *field, GString *out)
{
	const struct place *place = field;

	if (place->given)
		g_string_append_printf(out, "%d,%d", place->x, place->y);
	else
		g_string_append(out, row->word ? row->word : "");
}

static bool parse_colour(const struct setting *row, const char *text, void *field, GString *why)
{
	size_t digits = *text == '#' ? strspn(text + 1, "0123456789abcdefABCDEF") : 0;

	(void)row;
	if ((digits != 6 && digits != 8) || text[1 + digits]) {
		g_string_append(why, "want a colour as #ff8000 or #ff8000c0");
		return false;
	}
	guint64 value = g_ascii_strtoull(text + 1, NULL, 16);
	*(uint32_t *)field = (uint32_t)(digits == 8 ? value : value << 8 | 0xff);
	return true;
}

static void print_colour(const struct setting *row, const void *field, GString *out)
{
	uint32_t value = *(const uint32_t *)field;

	(void)row;
	if ((value & 0xff) == 0xff)
		g_string_append_printf(out, "#%06x", value >> 8);
	else
		g_string_append_printf(out, "#%08x", value);
}

/* ---- keys ---- */

static bool parse_key(const struct setting *row, const char *text, void *field, GString *why)
{
	uint32_t code = key_code(text);

	(void)row;
	if (!code) {
		struct nearest nearest = nearest_to(text);
		for (size_t i = 0; key_name_at(i); i++)
			nearest_offer(&nearest, key_name_at(i));
		g_string_append(why, "want a key's name in the kernel, as scrolllock or rightctrl");
		nearest_append(&nearest, why);
		return false;
	}
	*(uint32_t *)field = code;
	return true;
}

static void print_key(const struct setting *row, const void *field, GString *out)
{
	const char *name = key_name(*(const uint32_t *)field);

	(void)row;
	g_string_append(out, name ? name : "");
}

static const char *const modifiers[] = { "shift", "ctrl", "alt", "super" };

/* The modifier at the beginning of *text, which is moved behind it; 0: there is none. */
static uint32_t take_modifier(const char **text)
{
	for (size_t i = 0; i < ARRAY_LEN(modifiers); i++) {
		size_t length = strlen(modifiers[i]);
		if (g_ascii_strncasecmp(*text, modifiers[i], length) == 0 &&
		    (*text)[length] == '+') {
			*text += length + 1;
			return 1u << i;
		}
	}
	return 0;
}

static bool parse_chord(const struct setting *row, const char *text, void *field, GString *why)
{
	struct chord chord = { 0 };
	uint32_t modifier;

	if (g_ascii_strcasecmp(text, "none") == 0)
		return true;
	while ((modifier = take_modifier(&text)))
		chord.modifiers |= modifier;
	if (!parse_key(row, text, &chord.key, why)) {
		g_string_append(why, ", with shift+, ctrl+, alt+ or super+ before it; or none");
		return false;
	}
	*(struct chord *)field = chord;
	return true;
}

static void print_chord(const struct setting *row, const void *field, GString *out)
{
	const struct chord *chord = field;

	if (!chord->key) {
		g_string_append(out, "none");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
		if (chord->modifiers & 1u << i)
			g_string_append_printf(out, "%s+", modifiers[i]);
	print_key(row, &chord->key, out);
}

/* ---- amounts ---- */

static bool parse_amount(const struct setting *row, const char *text, void *field, GString *why)
{
	char *end;
	double value = g_ascii_strtod(text, &end);
	bool seconds = strcmp(end, "s") == 0;

	(void)row;
	if (end == text || (*end && !seconds) || !(value > 0 && value < 1e9) ||
	    (!seconds && value != trunc(value))) {
		g_string_append(why, "want a count of frames (100) or seconds (2.5s)");
		return false;
	}
	*(struct amount *)field = (struct amount){ value, seconds };
	return true;
}

static void print_amount(const struct setting *row, const void *field, GString *out)
{
	const struct amount *amount = field;

	(void)row;
	if (amount->value == 0)
		return;
	print_number(amount->value, out);
	if (amount->seconds)
		g_string_append_c(out, 's');
}

/* ---- all of them ---- */

static const struct kind kinds[] = {
	[SETTING_BOOL] = { sizeof(gboolean), parse_bool, print_bool },
	[SETTING_INT] = { sizeof(int), parse_int, print_int },
	[SETTING_FLOAT] = { sizeof(double), parse_float, print_float },
	[SETTING_ENUM] = { sizeof(int), parse_enum, print_enum },
	[SETTING_TEXT] = { sizeof(char *), parse_text, print_text, clear_text },
	[SETTING_PATH] = { sizeof(char *), parse_path, print_text, clear_text },
	[SETTING_LIST] = { sizeof(char **), parse_list, print_list, clear_list },
	[SETTING_SIZE] = { sizeof(struct extent), parse_size, print_size },
	[SETTING_POSITION] = { sizeof(struct place), parse_position, print_position },
	[SETTING_COLOUR] = { sizeof(uint32_t), parse_colour, print_colour },
	[SETTING_KEY] = { sizeof(uint32_t), parse_key, print_key },
	[SETTING_CHORD] = { sizeof(struct chord), parse_chord, print_chord },
	[SETTING_AMOUNT] = { sizeof(struct amount), parse_amount, print_amount },
};

static_assert(ARRAY_LEN(kinds) == SETTING_KINDS, "a kind has no row");

union field {
	double number;
	void *pointer;
	uint64_t words[3];
};

bool value_set(struct options *options, const struct setting *row, const char *text, GString *why)
{
	const struct kind *kind = &kinds[row->kind];
	union field field = { .words = { 0 } };

	if (!kind->parse(row, text, &field, why))
		return false;
	value_clear(options, row);
	memcpy((char *)options + row->field, &field, kind->size);
	return true;
}

bool value_right(const struct setting *row, const char *text, GString *why)
{
	struct options scrap = { 0 };
	bool right = value_set(&scrap, row, text, why);

	value_clear(&scrap, row);
	return right;
}

char *value_print(const struct options *options, const struct setting *row)
{
	GString *out = g_string_new(NULL);

	kinds[row->kind].print(row, (const char *)options + row->field, out);
	return g_string_free(out, FALSE);
}

void value_clear(struct options *options, const struct setting *row)
{
	char *field = (char *)options + row->field;

	if (kinds[row->kind].clear)
		kinds[row->kind].clear(field);
	memset(field, 0, kinds[row->kind].size);
}

void values_init(struct options *options)
{
	g_autoptr(GString) why = g_string_new(NULL);
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (*row->initial && !value_set(options, row, row->initial, why))
			g_error("%s has no good default: %s", row->name, why->str);
}

void values_clear(struct options *options)
{
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		value_clear(options, row);
}
