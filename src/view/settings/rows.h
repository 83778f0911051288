/* view/settings/rows.h - how rows are written; for rows_*.c only. */
#ifndef VIEW_ROWS_H
#define VIEW_ROWS_H

#include <assert.h>
#include <stddef.h>

#include "base/mem.h"
#include "view/options.h"
#include "view/settings/schema.h"

/* The kind and the field together, so that the compiler refuses a field of another type. */
#define AT(kind_, field_, type_)                                                                   \
	.kind = kind_,                                                                             \
	.field = offsetof(struct options, field_) +                                                \
		 0 * sizeof(char[__builtin_types_compatible_p(                                     \
					 __typeof__(((struct options *)0)->field_), type_)         \
					 ? 1                                                       \
					 : -1])
#define BOOL(field_)     AT(SETTING_BOOL, field_, gboolean)
#define INT(field_)      AT(SETTING_INT, field_, int)
#define FLOAT(field_)    AT(SETTING_FLOAT, field_, double)
#define TEXT(field_)     AT(SETTING_TEXT, field_, char *)
#define PATH(field_)     AT(SETTING_PATH, field_, char *)
#define LIST(field_)     AT(SETTING_LIST, field_, char **)
#define SIZE(field_)     AT(SETTING_SIZE, field_, struct extent)
#define POSITION(field_) AT(SETTING_POSITION, field_, struct place)
#define COLOUR(field_)   AT(SETTING_COLOUR, field_, uint32_t)
#define KEY(field_)      AT(SETTING_KEY, field_, uint32_t)
#define CHORD(field_)    AT(SETTING_CHORD, field_, struct chord)
#define AMOUNT(field_)   AT(SETTING_AMOUNT, field_, struct amount)
/* Enumerations are all of one size, and many types. */
#define ENUM(field_, ...)                                                                          \
	.kind = SETTING_ENUM, .names = (const char *const[]){ __VA_ARGS__, NULL },                 \
	.field = offsetof(struct options, field_) +                                                \
		 0 * sizeof(char[sizeof(((struct options *)0)->field_) == sizeof(int) ? 1 : -1])

extern const struct section section_run, section_view, section_input, section_keys, section_hud,
	section_wayland, section_audio, section_clipboard, section_spice;

#endif
