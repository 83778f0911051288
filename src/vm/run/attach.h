/* vm/run/attach.h - a running machine, for commands that want something of it. */
#ifndef VM_RUN_ATTACH_H
#define VM_RUN_ATTACH_H

#include "qemu/qmp.h"
#include "vm/run/register.h"

/* Its monitor, which others have to wait for meanwhile. `word` is its name or file; `record` may be
 * NULL. NULL with `error`. */
struct qmp *attach(const char *word, struct record **record, GError **error);

/* For a command that only asks one thing of it: TRUE when it was done. Takes `arguments`. */
gboolean attach_do(struct qmp *qmp, const char *command, JsonObject *arguments, GError **error);

/* What a person types at QEMU's own monitor, and its answer, to be freed; NULL with `error`. */
char *attach_type(struct qmp *qmp, const char *line, GError **error);

/* Does it have one of the computer's own devices? */
gboolean attach_has_passthrough(struct qmp *qmp);

#endif
