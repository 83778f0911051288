/* vm/exchange/import.h - machines of other programs as files of ours. Pure: nothing of this
 * computer is looked at.
 *
 * The texts are foreign. What is written is read back before it is handed out, so config_load()
 * takes it without a mistake; what has no place in it is told, with the reason.
 */
#ifndef VM_EXCHANGE_IMPORT_H
#define VM_EXCHANGE_IMPORT_H

#include <glib.h>
#include <stdbool.h>

/* A libvirt domain's XML -> YAML, with what was `lost` (char *) as comments at its end. `name`
 * stands in errors. The caller frees; NULL with `error`. */
char *import_libvirt(const char *name, const char *text, size_t length, GPtrArray *lost,
		     GError **error);

/* The same of a LibVF.IO file (YAML). */
char *import_libvfio(const char *name, const char *text, size_t length, GPtrArray *lost,
		     GError **error);

/* XML, by its first character. */
bool import_is_xml(const char *text, size_t length);

#endif
