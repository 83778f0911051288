/* view/settings/schema.h - every setting there is, one row each.
 *
 * From these rows come the settings file, the command line, --help, --print-settings, the OPTIONS
 * of oriel-view(1) and the completions of three shells. To add one: a field in struct options
 * (view/options.h), a row in rows_SECTION.c. Constant; any thread.
 */
#ifndef VIEW_SCHEMA_H
#define VIEW_SCHEMA_H

#include <glib.h>
#include <stdbool.h>

enum setting_kind {
	SETTING_BOOL,     /* gboolean */
	SETTING_INT,      /* int, `min` to `max`, or `word` */
	SETTING_FLOAT,    /* double, the same */
	SETTING_ENUM,     /* int or an enum: which of `names` */
	SETTING_TEXT,     /* char *, NULL where empty */
	SETTING_PATH,     /* the same; ~/ is the home directory */
	SETTING_LIST,     /* char **, comma separated, NULL where empty */
	SETTING_SIZE,     /* struct extent, "1280x720", or `word` */
	SETTING_POSITION, /* struct place, "-20,40", or `word` */
	SETTING_COLOUR,   /* uint32_t 0xrrggbbaa, "#rrggbb" or "#rrggbbaa" */
	SETTING_KEY,      /* uint32_t, a code of linux/input-event-codes.h */
	SETTING_CHORD,    /* struct chord, "shift+r" or "none" */
	SETTING_AMOUNT,   /* struct amount, "100" or "2.5s" */
	SETTING_KINDS
};

/* What a row with a `word` holds then, SETTING_INT and SETTING_FLOAT. Its `min` is not below 0. */
#define SETTING_WORD (-1)

struct setting {
	const char *name;   /* in the file; unique in its section */
	const char *option; /* --OPTION, unique; NULL: `name` */
	char letter;        /* -LETTER, or 0 */
	enum setting_kind kind;
	size_t field;             /* in struct options */
	const char *initial;      /* the default, as somebody would write it */
	const char *const *names; /* SETTING_ENUM: NULL ends */
	const char *word;         /* one value that is no number: "auto" */
	double min, max;
	const char *unit;  /* "ms", "Hz", or NULL */
	const char *value; /* what --help calls the value; NULL: the kind's own word */
	const char *bare;  /* what the option means without a value; NULL: it needs one */
	const char *also;  /* the option that takes a value which is none of this one; or NULL */
	const char *help;  /* one line, 44 columns at most */
	const char *more;  /* the rest of the manual's paragraph, scdoc; or NULL */
	bool live;         /* a change of the file applies at once; else at the next start */
	bool rare;         /* --help-all shows it, --help does not */
	bool personal;     /* lets a guest at the user: what the guest says of itself does not
			      choose it */
	bool later;        /* what it sets is not in this version: a file may have it */
};

struct section {
	const char *name;  /* in the file; NULL: these are for the command line only */
	const char *title; /* in --help and the manual */
	const struct setting *rows;
	size_t count;
};

extern const struct section *const sections[]; /* NULL ends */

/* All rows of all sections, numbered from 0. */
size_t schema_count(void);
const struct setting *schema_row(size_t number);
size_t schema_number(const struct setting *row);
const struct section *schema_section(const struct setting *row);

/* NULL where there is none. `section` NULL: of the command line's own. */
const struct section *schema_find_section(const char *name, size_t length);
const struct setting *schema_find(const char *section, const char *name);
const struct setting *schema_find_option(const char *option);
const struct setting *schema_find_letter(char letter);

const char *setting_option(const struct setting *row);

/* The word for its value in --help and the manual; NULL for a bool. */
const char *setting_value_word(const struct setting *row);

#endif
