/* vm/run/register.h - this user's machines: where their files lie, and which of them run.
 *
 * A machine that runs has a folder of its name below $XDG_RUNTIME_DIR/oriel, for this user alone,
 * with its sockets, a lock that its `oriel up` holds, and a record. What it keeps while it does not
 * run lies below $XDG_STATE_HOME/oriel. Main thread.
 */
#ifndef VM_RUN_REGISTER_H
#define VM_RUN_REGISTER_H

#include <gio/gio.h>

/* Folders of all machines; of one, where `name` is not NULL. The caller frees. */
char *register_run(const char *name);
char *register_state(const char *name);

/* A file of that machine in its run folder. The caller frees. */
char *register_file(const char *name, const char *file);

/* Before a machine's name: the file of its shared memory, where that has one. */
#define REGISTER_MEMORY "/dev/shm/oriel-"

/* May a machine be called so? */
gboolean register_is_name(const char *word);

/* The YAML file that somebody means by its path, or by the machine's name: one in
 * $XDG_CONFIG_HOME/oriel, the one it was last started from, or one in this folder. NULL with
 * `error`. The caller frees. */
char *register_find(const char *word, GError **error);

/* The machine that somebody means by its name or its file. NULL with `error`. The caller frees. */
char *register_name(const char *word, GError **error);

/* What a running machine says of itself. */
struct record {
	char *name, *file;
	char *memory, *spice; /* as in struct plan; NULL: none */
	int pid;              /* of its `oriel up` */
	gint64 started;       /* seconds since 1970 */
};

/* Before it runs only `name` and `pid` are known. NULL: it does not run. */
struct record *record_read(const char *name);

gboolean record_write(const struct record *self, GError **error);

/* A pidfd of its `oriel up`, for the caller to close; readable once that has ended. Below 0: it
 * has. */
int record_open(const struct record *self);

void record_free(struct record *self); /* NULL is fine */

/* Names of what lies in the folder of those that run, in order; to be unref'ed. */
GPtrArray *register_folders(void);

/* struct record of all that run, by name; to be unref'ed. */
GPtrArray *register_running(void);

/* Has its `oriel up` ended, but not yet all that was started by it? They are about to. */
gboolean register_is_ending(const char *name);

/* For what needs it to run: NULL with `error` that says how to start it. */
struct record *record_need(const char *word, GError **error);

/* Notes what file a machine was started from. */
void register_remember(const char *name, const char *file);

/* Names of all that were ever started here or have a file in the usual folder, in order; to be
 * unref'ed. */
GPtrArray *register_known(void);

#endif
