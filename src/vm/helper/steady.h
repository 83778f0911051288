/* vm/helper/steady.h - who started us chose our environment, directory, limits, signals, timers and
 * descriptors. Of these only the first three descriptors stay.
 */
#ifndef VM_HELPER_STEADY_H
#define VM_HELPER_STEADY_H

/* First in main(), after hook_open(). SIGTERM is blocked from then on. */
void steady(void);

#endif
