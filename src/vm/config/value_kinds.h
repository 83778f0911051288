/* vm/config/value_kinds.h - the kinds of words, and what their files share; for value*.c only. */
#ifndef VM_CONFIG_VALUE_KINDS_H
#define VM_CONFIG_VALUE_KINDS_H

#include "vm/config/value.h"

struct value_kind {
	char *(*read)(const struct row *row, const char *text, const char *folder, void *field);
	char *(*write)(const struct row *row, const void *field);
	void (*clear)(void *field); /* or NULL */
};

extern const struct value_kind value_text, value_path, value_bool, value_switch, value_int,
	value_enum, value_size, value_extent, value_cpus, value_pick, value_mac, value_uuid,
	value_forward, value_usb;

/* All of `text`, without a sign or a space. */
bool value_parse_number(const char *text, unsigned base, uint64_t max, uint64_t *out);

/* The same of its first `length` bytes. */
bool value_parse_part(const char *text, size_t length, unsigned base, uint64_t max, uint64_t *out);

char *value_write_text(const struct row *row, const void *field);
void value_clear_text(void *field);

#endif
