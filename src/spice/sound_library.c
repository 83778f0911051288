#include "spice/sound_library.h"

#include <glib.h>
#include <spice-client.h>

#include "spice/sound.h"

static bool has(const char *variable, const char *name)
{
	const char *folder = g_getenv(variable);
	g_autofree char *path = folder ? g_build_filename(folder, name, NULL) : NULL;

	return path && g_file_test(path, G_FILE_TEST_EXISTS);
}

bool sound_library_is_better(void)
{
	const char *remote = g_getenv("PIPEWIRE_REMOTE");
	const char *name = remote ? remote : "pipewire-0";
	bool pipewire = sound_pipewire &&
			(has("PIPEWIRE_RUNTIME_DIR", name) || has("XDG_RUNTIME_DIR", name));

	return !pipewire && (g_getenv("PULSE_SERVER") || has("PULSE_RUNTIME_PATH", "native") ||
			     has("XDG_RUNTIME_DIR", "pulse/native"));
}

bool sound_library_start(SpiceSession *spice)
{
	return spice_audio_get(spice, NULL) != NULL;
}

/* It has connected all of them by now. */
void sound_library_channel(SpiceChannel *channel, bool listens)
{
	if (SPICE_IS_RECORD_CHANNEL(channel) && !listens)
		spice_channel_disconnect(channel, SPICE_CHANNEL_NONE);
}
