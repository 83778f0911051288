/* vm/config/schema.h - every key that a machine's file may have, one row each.
 *
 * From these rows come the reader, oriel.yaml(5), the JSON schema for editors and what `oriel init`
 * writes. To add one: a field in vm.h, a row in rows_*.c. Constant; any thread.
 */
#ifndef VM_CONFIG_SCHEMA_H
#define VM_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

enum row_kind {
	/* One word. */
	ROW_TEXT,    /* char * */
	ROW_PATH,    /* char *: absolute, or from the file's folder; ~/ is the home directory */
	ROW_BOOL,    /* bool */
	ROW_SWITCH,  /* enum vm_switch: yes, no, auto */
	ROW_INT,     /* int, `min` to `max` */
	ROW_ENUM,    /* an enum: which of `names` */
	ROW_SIZE,    /* uint64_t: "16G" */
	ROW_EXTENT,  /* struct vm_extent: "2560x1440" */
	ROW_CPUS,    /* struct vm_cpus: "2-5,8" */
	ROW_PICK,    /* struct vm_pick */
	ROW_MAC,     /* char *: "52:54:00:12:34:56" */
	ROW_UUID,    /* char * */
	ROW_FORWARD, /* struct vm_forward */
	ROW_USB,     /* struct vm_usb */
	ROW_WORD_KINDS,
	/* More than one. */
	ROW_TEXTS = ROW_WORD_KINDS, /* char **: a list of texts; one alone may stand by itself */
	ROW_COMMANDS,               /* GPtrArray *: a list of lists of texts */
	ROW_LIST, /* GPtrArray *: a list of what `of` says; one alone may stand by itself */
	ROW_MAP,  /* the struct of `of` */
	ROW_KINDS
};

struct section;

struct row {
	const char *name;
	enum row_kind kind;
	size_t field;             /* in the struct of its section */
	const char *initial;      /* the default, as somebody would write it; NULL: none */
	const char *const *names; /* ROW_ENUM: NULL ends */
	long long min, max;       /* ROW_INT; ROW_SIZE in bytes */
	const struct section *of; /* ROW_LIST, ROW_MAP */
	bool needed;              /* a file without it is refused */
	const char *help;         /* one sentence */
	const char *example;      /* NULL: the default, or the first name */
};

struct section {
	const char *name; /* for people: "disk" */
	const struct row *rows;
	size_t count;
	size_t size; /* of its struct */
	/* The row that a lone word stands for: "usb: 046d:c52b"; NULL: it may not. */
	const char *alone;
};

extern const struct section schema; /* of struct vm */

/* NULL where there is none. */
const struct row *section_find(const struct section *self, const char *name);

/* The word of a GPU's mode, an enum vm_gpu_mode. */
const char *schema_gpu_mode(unsigned mode);

/* What a person calls a value of this kind: "a size such as 16G". */
const char *row_kind_name(enum row_kind kind);

#endif
