/* view/remember.h - sizes that users gave windows, in $XDG_STATE_HOME/oriel/windows, and answers.
 *
 * One line for each machine. What cannot be read or written is as if it were not there. Main thread
 * only.
 */
#ifndef VIEW_REMEMBER_H
#define VIEW_REMEMBER_H

#include "view/options.h"

/* What a machine is called there: by --vm, else by where its memory comes from. NULL where nobody
 * says; the caller frees. */
char *remember_name(const struct options *options);

/* Nothing (width 0) where nothing is remembered. */
struct extent remember_size(const char *name);
void remember_store(const char *name, struct extent size);

/* May the machine behind this SPICE server listen to the microphone? In the file "microphones"
 * there; PERMISSION_ASK where nothing is remembered. */
enum permission remember_microphone(const char *address);
void remember_store_microphone(const char *address, enum permission permission);

/* $XDG_STATE_HOME/oriel; the caller frees. Makes it. */
char *remember_folder(void);

#endif
