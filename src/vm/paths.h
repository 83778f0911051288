/* vm/paths.h - where our own programs and data lie: beside this program, wherever that is.
 *
 * A build tree and an installation differ in layout, not in kind, so both are found relative to
 * the running program and nothing knows a prefix. The caller frees; NULL where there is none.
 */
#ifndef VM_PATHS_H
#define VM_PATHS_H

/* "oriel-view" -> its path. */
char *path_of_program(const char *name);

/* "demo/image.sh" -> its path. */
char *path_of_data(const char *name);

#endif
