#include "view/input/actions.h"

#include "base/mem.h"
#include "view/input/held.h"
#include "view/settings/keys.h"
#include "view/settings/schema.h"
#include "view/settings/value.h"

static const struct {
	uint32_t left, right, modifier;
} modifiers[] = {
	{ KEY_LEFTSHIFT, KEY_RIGHTSHIFT, CHORD_SHIFT },
	{ KEY_LEFTCTRL, KEY_RIGHTCTRL, CHORD_CTRL },
	{ KEY_LEFTALT, KEY_RIGHTALT, CHORD_ALT },
	{ KEY_LEFTMETA, KEY_RIGHTMETA, CHORD_SUPER },
};

uint32_t actions_modifiers(const struct held *down)
{
	uint32_t out = 0;

	for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
		if (held_has(down, modifiers[i].left) || held_has(down, modifiers[i].right))
			out |= modifiers[i].modifier;
	return out;
}

/* A modifier that is an action's own key is none beside it. */
static uint32_t without_itself(uint32_t key, uint32_t held)
{
	for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
		if (key == modifiers[i].left || key == modifiers[i].right)
			held &= ~modifiers[i].modifier;
	return held;
}

enum action actions_find(const struct options *options, uint32_t key, uint32_t held)
{
	held = without_itself(key, held);
	for (int i = 0; i < ACTION_COUNT; i++)
		if (key && options->keys[i].key == key && options->keys[i].modifiers == held)
			return (enum action)i;
	return ACTION_COUNT;
}

/* The rows of [keys] are in any order; each names the place of its chord. */
static const struct setting *row_of(enum action action)
{
	const struct section *keys = schema_find_section("keys", 4);
	size_t field = offsetof(struct options, keys) + action * sizeof(struct chord);

	for (size_t i = 0; i < keys->count; i++)
		if (keys->rows[i].field == field)
			return &keys->rows[i];
	g_assert_not_reached(); /* rows_input.c counts them */
}

const char *action_name(enum action action)
{
	return row_of(action)->name;
}

const char *action_help(enum action action)
{
	return row_of(action)->help;
}

struct action_line *action_lines(const struct options *options, size_t *count)
{
	const char *escape = key_name(options->input.escape_key);
	struct action_line *lines = g_new0(struct action_line, ACTION_COUNT + 1);
	size_t n = 0;

	lines[n++] = (struct action_line){ g_strdup(escape),
					   "Capture keyboard and pointer, or let them go" };
	for (int i = 0; i < ACTION_COUNT; i++) {
		g_autofree char *chord = value_print(options, row_of((enum action)i));
		if (!options->keys[i].key)
			continue;
		lines[n].key = g_strdup_printf("%s + %s", escape, chord);
		lines[n++].help = action_help((enum action)i);
	}
	*count = n;
	return lines;
}

void action_lines_free(struct action_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		g_free(lines[i].key);
	g_free(lines);
}
