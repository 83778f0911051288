/* view/window/idle_bus.h - the desktop's own screen saver, asked over the session bus
 * (org.freedesktop.ScreenSaver): many desktops lock the screen by a clock of their own, which the
 * display server knows nothing of.
 *
 * Where there is no bus, or no screen saver on it, nothing happens. Whoever asked and goes is
 * forgotten there. Main thread only.
 */
#ifndef VIEW_IDLE_BUS_H
#define VIEW_IDLE_BUS_H

#include <stdbool.h>

struct idle_bus;

/* Connects, so before this process closes itself in; the rest is done in passing. NULL: there is
 * no bus. */
struct idle_bus *idle_bus_create(void);

/* The screen stays on while it is true. NULL is fine. */
void idle_bus_inhibit(struct idle_bus *self, bool on);

/* NULL is fine. */
void idle_bus_destroy(struct idle_bus *self);

#endif
