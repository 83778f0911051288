#include "vm/doctor/texts.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm/sysfs.h"

#define FIT_MAX    160
#define INDENT_MAX 16

/* What is behind the end of the line at `text`; NULL at the last. */
static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : NULL;
}

static char *copy_line(const char *text)
{
	return g_strstrip(g_strndup(text, strcspn(text, "\n")));
}

/* ---- KEY=value, name : value ---- */

static char *unquote(char *value)
{
	size_t length = strlen(value);

	if (length >= 2 && (*value == '"' || *value == '\'') && value[length - 1] == *value) {
		memmove(value, value + 1, length - 2);
		value[length - 2] = 0;
	}
	return value;
}

char *texts_value(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = text; line; line = next_line(line))
		if (strncmp(line, key, length) == 0 && line[length] == '=')
			return unquote(copy_line(line + length + 1));
	return NULL;
}

char *texts_field(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = next_line(line)) {
		const char *at = line + length;
		if (strncmp(line, name, length) != 0)
			continue;
		at += strspn(at, " \t");
		if (*at == ':')
			return copy_line(at + 1);
	}
	return NULL;
}

bool texts_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (text && *text) {
		size_t this = strcspn(text, " \t\n,");
		if (this == length && strncmp(text, word, length) == 0)
			return true;
		text += this + (text[this] != 0);
	}
	return false;
}

/* ---- parameters of kernel and modules ---- */

static bool same_letter(char a, char b)
{
	return (a == '-' ? '_' : a) == (b == '-' ? '_' : b);
}

/* Is this name at the beginning? Then what is behind it. */
static const char *behind_name(const char *text, const char *name)
{
	for (; *name; name++, text++)
		if (!same_letter(*text, *name))
			return NULL;
	return text;
}

/* The end of a word that may have blanks between quotes. */
static const char *word_end(const char *text)
{
	for (bool quoted = false; *text && (quoted || !strchr(" \t\n", *text)); text++)
		quoted ^= *text == '"';
	return text;
}

char *texts_parameter(const char *line, const char *name)
{
	char *found = NULL;

	while (*(line += strspn(line, " \t\n"))) {
		const char *end = word_end(line), *rest = behind_name(line, name);
		if (rest && (rest == end || *rest == '=')) {
			g_free(found);
			rest += *rest == '=';
			found = unquote(g_strndup(rest, rest < end ? (size_t)(end - rest) : 0));
		}
		line = end;
	}
	return found;
}

/* modprobe.d's line with this command and module: what is behind them. */
static const char *behind_command(const char *line, const char *command, const char *module)
{
	line += strspn(line, " \t");
	line = g_str_has_prefix(line, command) ? line + strlen(command) : "";
	size_t blanks = strspn(line, " \t");
	const char *rest = blanks ? behind_name(line + blanks, module) : NULL;
	return rest && strchr(" \t\n", *rest) ? rest : NULL;
}

/* Lines that end in a backslash go on. */
static char *join_lines(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "\\\n", -1);

	return g_strjoinv(" ", parts);
}

char *texts_option(const char *text, const char *module, const char *name)
{
	g_autofree char *whole = join_lines(text);
	char *found = NULL;

	for (const char *line = whole; line; line = next_line(line)) {
		const char *rest = behind_command(line, "options", module);
		g_autofree char *options = rest ? copy_line(rest) : NULL;
		char *value = options ? texts_parameter(options, name) : NULL;
		if (value) {
			g_free(found);
			found = value;
		}
	}
	return found;
}

bool texts_softdep(const char *text, const char *module, const char *first)
{
	g_autofree char *whole = join_lines(text);

	for (const char *line = whole; line; line = next_line(line)) {
		const char *rest = behind_command(line, "softdep", module);
		g_autofree char *names = rest ? copy_line(rest) : NULL;
		char *pre = names ? strstr(names, "pre:") : NULL;
		if (!pre)
			continue;
		char *post = strstr(pre, "post:");
		if (post)
			*post = 0;
		g_strdelimit(pre, "_", '-');
		if (texts_word(pre, first))
			return true;
	}
	return false;
}

bool texts_has_id(const char *ids, uint16_t vendor, uint16_t product)
{
	g_autofree char *id = g_strdup_printf("%04x:%04x", vendor, product);
	g_auto(GStrv) parts = g_strsplit(ids, ",", -1);

	for (char **part = parts; *part; part++)
		if (g_ascii_strncasecmp(g_strstrip(*part), id, strlen(id)) == 0 &&
		    strchr(":", (*part)[strlen(id)]))
			return true;
	return false;
}

/* ---- /proc/iomem ---- */

static const char *find_name(const char *text, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(text, *names) == 0)
			return *names;
	return NULL;
}

static bool is_address(const char *text)
{
	struct pci_address address;

	return strchr("0123456789abcdef", *text) && pci_address_parse(text, &address);
}

/* The function that a line of this level is in: two blanks a level; those around it stand above it
 * with fewer. */
struct windows {
	char *owners[INDENT_MAX];
};

static char *owner_of(const struct windows *self, size_t level)
{
	while (level-- > 0)
		if (self->owners[level])
			return g_strdup(self->owners[level]);
	return NULL;
}

static void enter(struct windows *self, size_t level, const char *what)
{
	for (size_t i = level; i < INDENT_MAX; i++)
		g_clear_pointer(&self->owners[i], g_free);
	if (what && is_address(what))
		self->owners[level] = g_strdup(what);
}

char *texts_owner(const char *text, const char *const *names, const char **name)
{
	struct windows windows = { 0 };
	char *found = NULL;

	for (const char *line = text; line && !found; line = next_line(line)) {
		size_t level = strspn(line, " ") / 2;
		g_autofree char *whole = copy_line(line);
		const char *what = strstr(whole, " : ");
		if (level >= INDENT_MAX || !what)
			continue;
		what += strlen(" : ");
		enter(&windows, level, what);
		const char *known = find_name(what, names);
		found = known ? owner_of(&windows, level) : NULL;
		if (found && name)
			*name = known;
	}
	enter(&windows, 0, NULL);
	return found;
}

/* ---- limits.conf ---- */

static bool is_for(const char *who, const char *user, char *const *groups)
{
	return strcmp(who, "*") == 0 || strcmp(who, user) == 0 ||
	       (*who == '@' && g_strv_contains((const char *const *)groups, who + 1));
}

static bool is_no_limit(const char *value)
{
	return strcmp(value, "unlimited") == 0 || strcmp(value, "infinity") == 0 ||
	       strcmp(value, "-1") == 0;
}

/* "@kvm - memlock unlimited", KiB otherwise; "soft" alone lifts nothing. */
bool texts_lock_limit(const char *text, const char *user, char *const *groups, uint64_t *bytes)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bool found = false;

	for (char **line = lines; *line; line++) {
		char who[64], kind[8], item[16], value[24];
		uint64_t kib;
		(*line)[strcspn(*line, "#")] = 0;
		if (sscanf(*line, "%63s %7s %15s %23s", who, kind, item, value) != 4 ||
		    strcmp(item, "memlock") != 0 || strcmp(kind, "soft") == 0 ||
		    !is_for(who, user, groups))
			continue;
		bool all = is_no_limit(value);
		if (!all && (!texts_number(value, &kib) || kib > UINT64_MAX >> 10))
			continue;
		*bytes = all ? UINT64_MAX : kib << 10;
		found = true;
	}
	return found;
}

/* ---- control groups ---- */

#define VERSION2 "0::/"

/* It becomes part of a path. */
char *texts_cgroup(const char *text)
{
	for (const char *line = text; line; line = next_line(line)) {
		if (!g_str_has_prefix(line, VERSION2))
			continue;
		g_autofree char *group = copy_line(line + strlen(VERSION2) - 1);
		g_auto(GStrv) parts = g_strsplit(group, "/", -1);
		if (g_strv_contains((const char *const *)parts, ".."))
			return NULL;
		return strcmp(group, "/") == 0 ? g_strdup("") : g_steal_pointer(&group);
	}
	return NULL;
}

/* ---- mdevctl ---- */

/* NULL: there is no such text. */
static const char *member(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

bool texts_mediated(const char *text, char **type, bool *starts)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root = json_parser_load_from_data(parser, text, -1, NULL)
				 ? json_parser_get_root(parser)
				 : NULL;

	if (!root || !JSON_NODE_HOLDS_OBJECT(root))
		return false;
	JsonObject *object = json_node_get_object(root);
	const char *name = member(object, "mdev_type");
	const char *start = member(object, "start");
	if (!name)
		return false;
	*type = texts_fit(name);
	*starts = g_strcmp0(start, "auto") == 0;
	return true;
}

/* ---- numbers and lists ---- */

bool texts_number(const char *text, uint64_t *out)
{
	text += strspn(text, " \t");
	if (!g_ascii_isdigit(*text))
		return false;
	errno = 0;
	unsigned long long value = strtoull(text, NULL, 10);
	if (errno)
		return false;
	*out = value;
	return true;
}

static bool add_range(const char *part, struct vm_cpus *cpus)
{
	unsigned from, to;
	char rest;

	int got = sscanf(part, "%u-%u%c", &from, &to, &rest);
	if (got == 1 && sscanf(part, "%u%c", &from, &rest) == 1)
		to = from;
	else if (got != 2)
		return false;
	if (from > to || to >= VM_CPUS_MAX)
		return false;
	for (unsigned i = from; i <= to; i++)
		cpus->bits[i / 64] |= UINT64_C(1) << i % 64;
	return true;
}

bool texts_cpus(const char *text, struct vm_cpus *out)
{
	g_autofree char *line = copy_line(text);
	g_auto(GStrv) parts = g_strsplit(line, ",", -1);
	struct vm_cpus cpus = { 0 };

	for (char **part = parts; *part; part++)
		if (!add_range(*part, &cpus))
			return false;
	if (!*line)
		return false;
	*out = cpus;
	return true;
}

bool cpus_has(const struct vm_cpus *self, unsigned cpu)
{
	return cpu < VM_CPUS_MAX && self->bits[cpu / 64] >> cpu % 64 & 1;
}

unsigned cpus_count(const struct vm_cpus *self)
{
	unsigned count = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(self->bits); i++)
		count += (unsigned)__builtin_popcountll(self->bits[i]);
	return count;
}

bool cpus_contain(const struct vm_cpus *self, const struct vm_cpus *others)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(self->bits); i++)
		if (others->bits[i] & ~self->bits[i])
			return false;
	return true;
}

char *cpus_name(const struct vm_cpus *self)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < VM_CPUS_MAX; i++) {
		unsigned from = i;
		if (!cpus_has(self, i))
			continue;
		while (cpus_has(self, i + 1))
			i++;
		g_string_append_printf(text, from == i ? "%s%u" : "%s%u-%u", text->len ? "," : "",
				       from, i);
	}
	return g_string_free(text, FALSE);
}

char *texts_fit(const char *text)
{
	g_autofree char *line = copy_line(text);
	char *whole = g_utf8_make_valid(line, -1);

	if (strlen(whole) > FIT_MAX)
		*g_utf8_find_prev_char(whole, whole + FIT_MAX + 1) = 0;
	for (char *at = whole; *at; at++)
		if (g_ascii_iscntrl(*at))
			*at = '?';
	return whole;
}
