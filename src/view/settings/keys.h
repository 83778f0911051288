/* view/settings/keys.h - names of keys, those of the Linux kernel without KEY_. Pure; any thread.
 */
#ifndef VIEW_SETTINGS_KEYS_H
#define VIEW_SETTINGS_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "view/settings/nearest.h"

/* Of linux/input-event-codes.h. KEY_SCROLLLOCK, ScrollLock and scroll-lock are one; 0 where nothing
 * is called that. */
uint32_t key_code(const char *name);

/* "scrolllock"; NULL where the key has no name here. */
const char *key_name(uint32_t code);

/* All names, one after the other; NULL behind the last. */
const char *key_name_at(size_t number);

#endif
