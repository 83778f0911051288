/* vm/host/text.h - what files of sysfs hold. Pure; any bytes will do, and what makes no sense is
 * refused. The caller frees what is answered.
 */
#ifndef VM_HOST_TEXT_H
#define VM_HOST_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define TEXT_LINE_MAX 256 /* bytes of a line that is kept */

/* "-1\n": decimal, nothing but a line's end behind it. */
bool text_number(const char *text, long long min, long long max, long long *out);

/* The first line without what is around it; NULL where there is none, or one that no terminal
 * should see. */
char *text_line(const char *text);

/* As text_line(), with one space for what was between lines. */
char *text_lines(const char *text);

/* driver_override: NULL where it reads "(null)", which stands for none. */
char *text_override(const char *text);

/* reset_method: "flr bus", "" for none; NULL for anything that is no list of words. */
char *text_reset(const char *text);

/* resource: bytes of the largest window of memory, the ROM's not counted; 0: none. */
uint64_t text_memory(const char *text);

/* creatable_vgpu_types: "1414 : NVIDIA H200X-1-18C" each. struct facts_type; other lines are passed
 * over. */
GPtrArray *text_vgpus(const char *text);

/* For an array of struct facts_type. */
void text_type_free(gpointer type);

#endif
