/* vm/config/rows.h - how rows are written; for rows_*.c only. STRUCT is the section's struct. */
#ifndef VM_CONFIG_ROWS_H
#define VM_CONFIG_ROWS_H

#include <stddef.h>

#include "base/mem.h"
#include "vm/config/schema.h"
#include "vm/config/vm.h"

/* The kind and the field together, so that the compiler refuses a field of another type. */
#define AT(kind_, field_, type_)                                                                   \
	.kind = kind_,                                                                             \
	.field = offsetof(struct STRUCT, field_) +                                                 \
		 0 * sizeof(char[__builtin_types_compatible_p(                                     \
					 __typeof__(((struct STRUCT *)0)->field_), type_)          \
					 ? 1                                                       \
					 : -1])
#define TEXT(field_)      AT(ROW_TEXT, field_, char *)
#define PATH(field_)      AT(ROW_PATH, field_, char *)
#define BOOL(field_)      AT(ROW_BOOL, field_, bool)
#define SWITCH(field_)    AT(ROW_SWITCH, field_, enum vm_switch)
#define INT(field_)       AT(ROW_INT, field_, int)
#define SIZE(field_)      AT(ROW_SIZE, field_, uint64_t)
#define EXTENT(field_)    AT(ROW_EXTENT, field_, struct vm_extent)
#define CPUS(field_)      AT(ROW_CPUS, field_, struct vm_cpus)
#define PICK(field_)      AT(ROW_PICK, field_, struct vm_pick)
#define MAC(field_)       AT(ROW_MAC, field_, char *)
#define UUID(field_)      AT(ROW_UUID, field_, char *)
#define TEXTS(field_)     AT(ROW_TEXTS, field_, char **)
#define COMMANDS(field_)  AT(ROW_COMMANDS, field_, GPtrArray *)
#define LIST(field_, of_) AT(ROW_LIST, field_, GPtrArray *), .of = &(of_)
#define MAP(field_, of_)  .kind = ROW_MAP, .of = &(of_), .field = offsetof(struct STRUCT, field_)
/* The whole struct is one word. */
#define WHOLE(kind_) .kind = kind_, .field = 0
/* Enumerations are all of one size, and many types. */
#define ENUM(field_, ...)                                                                          \
	.kind = ROW_ENUM, .names = (const char *const[]){ __VA_ARGS__, NULL },                     \
	.field = offsetof(struct STRUCT, field_) +                                                 \
		 0 * sizeof(char[sizeof(((struct STRUCT *)0)->field_) == sizeof(int) ? 1 : -1])

#define GIB(n) ((long long)(n) << 30)
#define MIB(n) ((long long)(n) << 20)

#define SECTION(name_, rows_, ...)                                                                 \
	{                                                                                          \
		.name = name_, .rows = rows_, .count = ARRAY_LEN(rows_),                           \
		.size = sizeof(struct STRUCT), __VA_ARGS__                                         \
	}

extern const struct section section_machine, section_cpu, section_memory, section_disk, section_cd,
	section_network, section_gpu, section_display, section_sound, section_input, section_usb,
	section_share, section_hooks;

#endif
