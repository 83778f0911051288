/* qemu/qmp.h - QEMU's monitor, over one socket that it was given.
 *
 * Protocol: QEMU's docs/interop/qmp-spec. Answers come by id, each with a deadline of its own;
 * events come as they happen. A guest may have taken QEMU over, so whatever arrives is limited in
 * length and depth, and sense is not expected of it: a peer that talks nonsense is lost.
 *
 * Callbacks come from the main context that was the thread's default when it was created, and from
 * within qmp_call(); none comes from within qmp_create(). A callback may destroy it.
 */
#ifndef QEMU_QMP_H
#define QEMU_QMP_H

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* Bytes of one line, and how deep arrays and objects may lie in each other. */
enum { QMP_LINE_MAX = 4 << 20, QMP_DEPTH_MAX = 32 };

enum { QMP_PATIENCE_MS = 10000 }; /* for what QEMU does at once */

struct qmp;

struct qmp_listener {
	/* Its monitor greeted us and takes commands. */
	void (*ready)(void *data);
	/* `body` may be NULL, and anything may be in it. */
	void (*event)(void *data, const char *name, JsonObject *body);
	/* It hung up, or is not to be listened to any more: `why` for a person. Once. What was
	 * asked gets its answer, an error, before. */
	void (*lost)(void *data, const char *why);
};

/* Takes `fd`, a connected stream socket. `listener` outlives it; each of its members may be NULL,
 * and so may `listener`. There must be a greeting within `patience_ms`. */
struct qmp *qmp_create(int fd, unsigned patience_ms, const struct qmp_listener *listener,
		       void *data);

/* What was asked and not answered is forgotten. NULL is fine. */
void qmp_destroy(struct qmp *self);

gboolean qmp_is_ready(const struct qmp *self);

/* `value` is what was returned, borrowed; NULL with `error`: G_IO_ERROR_FAILED is QEMU's own word.
 */
typedef void (*qmp_answer)(void *data, JsonNode *value, const GError *error);

/* Asks QEMU to do `command`, once it is ready. Takes `arguments`, which may be NULL; `answer` may
 * be NULL, too. */
void qmp_ask(struct qmp *self, const char *command, JsonObject *arguments, unsigned patience_ms,
	     qmp_answer answer, void *data);

/* The same, and waits for the answer, for the caller to unref. Other callbacks come meanwhile,
 * which must not destroy it. NULL with `error`. */
JsonNode *qmp_call(struct qmp *self, const char *command, JsonObject *arguments, GError **error);

/* Connects to a monitor's socket and waits until it is ready; it speaks to one at a time. */
struct qmp *qmp_connect(const char *path, unsigned patience_ms, GError **error);

/* {"NAME": "VALUE", ...}: pairs of strings, NULL ends. */
JsonObject *qmp_words(const char *name, ...) G_GNUC_NULL_TERMINATED;

/* Of what QEMU returned: NULL, 0, unless it has a member of that name and kind. */
const char *qmp_text(JsonObject *object, const char *name);
gint64 qmp_number(JsonObject *object, const char *name);
JsonObject *qmp_object(JsonObject *object, const char *name);
JsonArray *qmp_array(JsonObject *object, const char *name);

/* NULL: it is none. */
JsonObject *qmp_as_object(JsonNode *node);
JsonArray *qmp_as_array(JsonNode *node);

#endif
