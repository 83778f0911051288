/* spice/watchdog.h - ends a process whose main loop does not come back.
 *
 * What a server says may keep a library busy for ever. A keeper starts another worker for one that
 * was killed (spice/keeper.h), but would wait for one that hangs.
 */
#ifndef SPICE_WATCHDOG_H
#define SPICE_WATCHDOG_H

/* From now on SIGALRM, which has to be as it is by default, comes after so many seconds between two
 * rests of the default main context; rests may be as long as they like. Wakes nobody. */
void watchdog_start(unsigned seconds);

#endif
