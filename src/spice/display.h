/* spice/display.h - the guest's screen and pointer, as QEMU's SPICE server has them.
 *
 * Only a monitor that the viewer watches is connected: an unwatched one costs this process, and
 * QEMU, nothing. Where positions of the pointer are sent all the same, the screen's size is looked
 * up now and then.
 */
#ifndef SPICE_DISPLAY_H
#define SPICE_DISPLAY_H

#include "spice/part.h"

extern const struct part_impl part_display;

#endif
