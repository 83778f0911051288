/* spice/keys.h - evdev's key and button codes in SPICE's words. Pure; any thread. */
#ifndef SPICE_KEYS_H
#define SPICE_KEYS_H

#include <stdint.h>

/* The scan code of set 1 of a key, 0x100 added where 0xe0 stands before it: as spice-client-glib
 * takes it. 0: a PC's keyboard has no such key. */
unsigned key_scancode(uint32_t code);

/* SPICE_MOUSE_BUTTON_*; 0: there is none. */
unsigned key_button(uint32_t code);

/* The bit that says that it is down, in the state that goes with each message of a mouse. */
unsigned key_button_mask(unsigned button);

#endif
