/* While it runs: QEMU's snapshot jobs. A raw disk has no room for one; the firmware's variables,
 * which are raw as well, are part of the machine's memory to QEMU, and come back with it. */
#include <gio/gio.h>
#include <string.h>

#include "vm/run/attach.h"
#include "vm/run/snapshot_list.h"

#define LOOK_US 50000

/* ---- its disks ---- */

/* A plan calls them disk0, disk1, ... */
static gboolean is_disk(JsonObject *node)
{
	const char *name = qmp_text(node, "node-name");

	return name && g_str_has_prefix(name, "disk") &&
	       !json_object_get_boolean_member_with_default(node, "ro", FALSE);
}

static JsonNode *ask_nodes(struct qmp *qmp, GError **error)
{
	JsonObject *flat = json_object_new();

	json_object_set_boolean_member(flat, "flat", TRUE);
	return qmp_call(qmp, "query-named-block-nodes", flat, error);
}

/* Names of those that can keep snapshots, the first with the memory. NULL with `error`. */
static JsonArray *find_disks(JsonNode *nodes, GError **error)
{
	JsonArray *all = qmp_as_array(nodes), *disks = json_array_new();
	const char *raw = NULL;

	for (unsigned i = 0; all && i < json_array_get_length(all); i++) {
		JsonObject *node = qmp_as_object(json_array_get_element(all, i));
		if (!is_disk(node))
			continue;
		if (g_strcmp0(qmp_text(node, "drv"), "qcow2") == 0)
			json_array_add_string_element(disks, qmp_text(node, "node-name"));
		else
			raw = qmp_text(node, "file");
	}
	if (!raw && json_array_get_length(disks))
		return disks;
	json_array_unref(disks);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    raw ? SNAPSHOT_RAW : "it has no qcow2 disk that could keep a snapshot%s",
		    raw ? raw : "");
	return NULL;
}

GPtrArray *snapshots_running(struct qmp *qmp, GError **error)
{
	g_autoptr(JsonNode) nodes = ask_nodes(qmp, error);
	JsonArray *all = qmp_as_array(nodes);
	GPtrArray *snapshots = nodes ? snapshots_new() : NULL;

	for (unsigned i = 0; all && i < json_array_get_length(all); i++) {
		JsonObject *node = qmp_as_object(json_array_get_element(all, i));
		if (is_disk(node))
			snapshots_add(snapshots, qmp_array(qmp_object(node, "image"), "snapshots"));
	}
	return snapshots;
}

/* ---- jobs ---- */

/* NULL: it is not over. */
static JsonObject *find_job(JsonNode *jobs, const char *id)
{
	JsonArray *all = qmp_as_array(jobs);

	for (unsigned i = 0; all && i < json_array_get_length(all); i++) {
		JsonObject *job = qmp_as_object(json_array_get_element(all, i));
		if (g_strcmp0(qmp_text(job, "id"), id) == 0)
			return job;
	}
	return NULL;
}

static gboolean judge(JsonObject *job, GError **error)
{
	const char *why = qmp_text(job, "error");

	if (!why)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s%s", why,
		    strstr(why, "disk-only") ? "; it was made while the machine was off, and is "
					       "restored so, too"
					     : "");
	return FALSE;
}

static gboolean await_job(struct qmp *qmp, const char *id, GError **error)
{
	for (;; g_usleep(LOOK_US)) {
		g_autoptr(JsonNode) jobs = qmp_call(qmp, "query-jobs", NULL, error);
		JsonObject *job = find_job(jobs, id);
		if (!jobs)
			return FALSE;
		if (job && g_strcmp0(qmp_text(job, "status"), "concluded") != 0)
			continue;
		gboolean good = judge(job, error);
		attach_do(qmp, "job-dismiss", qmp_words("id", id, NULL), NULL);
		return good;
	}
}

static gboolean run_job(struct qmp *qmp, enum snapshot_verb verb, const char *tag, JsonArray *disks,
			GError **error)
{
	static const char *const commands[] = { [SNAPSHOT_CREATE] = "snapshot-save",
						[SNAPSHOT_RESTORE] = "snapshot-load",
						[SNAPSHOT_DELETE] = "snapshot-delete" };
	static const char id[] = "oriel-snapshot";
	JsonObject *arguments = qmp_words("job-id", id, "tag", tag, NULL);

	if (verb != SNAPSHOT_DELETE)
		json_object_set_string_member(arguments, "vmstate",
					      json_array_get_string_element(disks, 0));
	json_object_set_array_member(arguments, "devices", json_array_ref(disks));
	return attach_do(qmp, commands[verb], arguments, error) && await_job(qmp, id, error);
}

#define SHUT_DOWN "shut it down, and make a snapshot of its disks alone"

/* What a device of this computer remembers, QEMU cannot write down. */
static gboolean check_devices(struct qmp *qmp, GError **error)
{
	if (!attach_has_passthrough(qmp))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "it has a device of this computer, whose state cannot be kept; " SHUT_DOWN);
	return FALSE;
}

/* Nor what some devices of its own remember: QEMU says which. */
static gboolean check_blocks(struct qmp *qmp, GError **error)
{
	g_autoptr(JsonNode) value = qmp_call(qmp, "query-migrate", NULL, NULL);
	JsonArray *reasons = qmp_array(qmp_as_object(value), "blocked-reasons");
	const char *reason = reasons && json_array_get_length(reasons)
				     ? json_array_get_string_element(reasons, 0)
				     : NULL;

	if (!reason)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "a part of it cannot be kept while it runs (%s); " SHUT_DOWN, reason);
	return FALSE;
}

gboolean snapshot_running(struct qmp *qmp, enum snapshot_verb verb, const char *tag, GError **error)
{
	g_autoptr(GPtrArray) all = snapshots_running(qmp, error);
	g_autoptr(JsonNode) nodes = all ? ask_nodes(qmp, error) : NULL;
	g_autoptr(JsonArray) disks = nodes ? find_disks(nodes, error) : NULL;

	return disks && snapshots_check(all, verb, tag, error) &&
	       (verb == SNAPSHOT_DELETE ||
		(check_devices(qmp, error) && check_blocks(qmp, error))) &&
	       run_job(qmp, verb, tag, disks, error);
}
