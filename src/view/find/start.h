/* view/find/start.h - which guest to show, once the settings are known. Main thread only. */
#ifndef VIEW_FIND_START_H
#define VIEW_FIND_START_H

#include "view/settings/settings.h"

/* Where the settings name no place: takes the guest that is found, asks where there are several,
 * and leaves it to the source to wait where there is none. What is taken counts as typed, and
 * chooses sections of the settings file. Prints all guests for --list: OPTIONS_DONE then. */
enum options_answer find_start(struct settings *settings, GError **error);

#endif
