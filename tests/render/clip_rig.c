#include "clip_rig.h"

#include <fcntl.h>
#include <unistd.h>

struct ours ours;

static void on_offered(void *data, enum clip_selection selection, unsigned kinds)
{
	(void)data;
	ours.offered[selection]++;
	ours.kinds[selection] = kinds;
}

static void on_progress(void *data, uint32_t id, uint64_t bytes)
{
	(void)data, (void)id, (void)bytes;
	ours.progresses++;
}

static void on_given(void *data, uint32_t id, int fd)
{
	(void)data, (void)id;
	ours.given++;
	if (parcel_map(fd, &ours.got) != 0)
		ours.got = (struct parcel_view){ "", 0 };
}

static void on_refused(void *data, uint32_t id, const char *why)
{
	(void)data, (void)id;
	ours.refused++;
	g_strlcpy(ours.why, why, sizeof(ours.why));
}

static void give(void)
{
	int fd = parcel_of(ours.bytes, ours.size);

	clip_give(ours.clip, ours.wanted_id, fd);
	close(fd);
}

static void on_wanted(void *data, uint32_t id, enum clip_selection selection, enum clip_kind kind)
{
	(void)data, (void)selection;
	ours.wanted++;
	ours.wanted_id = id;
	ours.wanted_kind = kind;
	if (ours.gives)
		give();
}

static void on_dropped(void *data, uint32_t id)
{
	(void)data, (void)id;
}

static void on_files(void *data, bool key, const char *text)
{
	(void)data;
	ours.drops++;
	ours.key = key;
	g_strlcpy(ours.dropped, text, sizeof(ours.dropped));
}

static void on_no_files(void *data, const char *why)
{
	(void)data;
	ours.refused++;
	g_strlcpy(ours.why, why, sizeof(ours.why));
}

const struct clip_listener ours_listener = {
	.offered = on_offered,
	.progress = on_progress,
	.given = on_given,
	.refused = on_refused,
	.wanted = on_wanted,
	.dropped = on_dropped,
	.files = on_files,
	.no_files = on_no_files,
};

void ours_close(void)
{
	parcel_unmap(&ours.got);
	clip_destroy(ours.clip);
	memset(&ours, 0, sizeof(ours));
}

char *noise(size_t size)
{
	char *out = g_malloc(size + 1);

	for (size_t i = 0; i < size; i++)
		out[i] = (char)('!' + (i * 7 + i / 251) % 90);
	out[size] = '\0';
	return out;
}

char *shell(const char *command)
{
	const char *argv[] = { "timeout", "20", "sh", "-c", command, NULL };
	int out;
	GByteArray *bytes = g_byte_array_new();
	char buffer[4096];
	ssize_t size;

	CHECK(g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
				       NULL, NULL, &out, NULL, NULL));
	fcntl(out, F_SETFL, O_NONBLOCK);
	while ((size = read(out, buffer, sizeof(buffer))) != 0) {
		if (size > 0)
			g_byte_array_append(bytes, (void *)buffer, (unsigned)size);
		else
			pump_ms(5);
	}
	close(out);
	g_byte_array_append(bytes, (const void *)"", 1);
	return (char *)g_byte_array_free(bytes, FALSE);
}
