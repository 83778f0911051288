#include "view/sound/desk.h"

#include "base/mem.h"
#include "view/remember.h"
#include "view/settings/schema.h"

#define FULL 65536u /* link_spice_loudness.volume */
#define STEP (FULL / 20)

struct desk {
	struct spice *spice;
	const struct options *options;
	const struct desk_listener *listener;
	void *data;
	struct link_spice_loudness speaker; /* as it is */
	uint32_t flags;                     /* of link_spice_sound_state */
	char *address;                      /* of the server that the next two are of */
	enum permission remembered;         /* PERMISSION_ASK: nothing is */
	enum permission answered;           /* for now; PERMISSION_ASK: not yet */
	enum permission setting;            /* as it was when `answered` was given */
	bool asking, sent, allowed;         /* what was sent last */
};

static void say(struct desk *self, const char *text)
{
	self->listener->alert(self->data, text);
}

/* ---- may it listen? ---- */

/* The latest word counts. */
static enum permission permission(const struct desk *self)
{
	if (self->answered != PERMISSION_ASK)
		return self->answered;
	if (self->options->audio.microphone != PERMISSION_ASK)
		return self->options->audio.microphone;
	return self->remembered;
}

static bool waits_for_answer(const struct desk *self)
{
	return self->flags & LINK_SPICE_WANTS_TO_LISTEN && permission(self) == PERMISSION_ASK;
}

static void withdraw(struct desk *self)
{
	if (self->asking)
		self->listener->withdraw(self->data);
	self->asking = false;
}

static void settle_permission(struct desk *self)
{
	struct link_spice_listen body = { permission(self) == PERMISSION_ALLOW };

	if (!self->sent || body.allowed != self->allowed)
		spice_ask(self->spice, LINK_SPICE_SOUND_LISTEN, &body, NULL, NULL);
	self->sent = true;
	self->allowed = body.allowed;
	if (!waits_for_answer(self))
		withdraw(self);
}

void desk_ask(struct desk *self)
{
	if (!self || !waits_for_answer(self))
		return;
	self->asking = self->listener->ask(self->data);
}

void desk_answer(struct desk *self, enum desk_answer answer)
{
	static const struct {
		enum permission permission;
		bool remembered;
		const char *text;
	} meanings[] = {
		[DESK_NOW] = { PERMISSION_ALLOW, false, "the guest may listen for now" },
		[DESK_ALWAYS] = { PERMISSION_ALLOW, true, "this guest may always listen" },
		[DESK_NOT_NOW] = { PERMISSION_DENY, false, "the guest may not listen for now" },
		[DESK_NEVER] = { PERMISSION_DENY, true, "this guest may never listen" },
	};

	if (!self)
		return;
	self->asking = false;
	self->answered = meanings[answer].permission;
	if (meanings[answer].remembered) {
		self->remembered = self->answered;
		remember_store_microphone(self->address, self->answered);
	}
	settle_permission(self);
	say(self, meanings[answer].text);
}

void desk_turn_microphone(struct desk *self)
{
	if (self)
		desk_answer(self, permission(self) == PERMISSION_ALLOW ? DESK_NOT_NOW : DESK_NOW);
}

/* ---- how loud? ---- */

static void set_speaker(struct desk *self, uint32_t volume, uint32_t muted)
{
	self->speaker = (struct link_spice_loudness){ LINK_SPICE_SPEAKER, volume, muted };
	spice_ask(self->spice, LINK_SPICE_SOUND_LOUDNESS, &self->speaker, NULL, NULL);
	g_autofree char *text = muted ? g_strdup("muted")
				      : g_strdup_printf("volume: %u %%",
							(volume * 100 + FULL / 2) / FULL);
	say(self, text);
}

void desk_turn_mute(struct desk *self)
{
	if (self)
		set_speaker(self, self->speaker.volume, !self->speaker.muted);
}

/* Whoever changes the volume wants to hear something. */
void desk_louder(struct desk *self, int steps)
{
	if (self)
		set_speaker(self,
			    (uint32_t)CLAMP((int)self->speaker.volume + steps * (int)STEP, 0,
					    (int)FULL),
			    0);
}

/* ---- what is wanted ---- */

static void send_device(struct desk *self, enum link_spice_sound_end end, const char *name)
{
	struct link_spice_end body = { end };

	if (name)
		spice_ask(self->spice, LINK_SPICE_SOUND_DEVICE, &body, name, NULL);
}

static void send_sound(struct desk *self)
{
	const struct audio_options *audio = &self->options->audio;
	struct link_spice_sound body = {
		.enabled = audio->enabled,
		.latency_ms = audio->latency == SETTING_WORD ? LINK_SPICE_LATENCY_AUTO
							     : (uint32_t)audio->latency,
		.sync_volume = audio->sync_volume,
	};

	spice_ask(self->spice, LINK_SPICE_SOUND, &body, NULL, NULL);
}

/* Devices first: they are for what begins. */
static void on_greeted(void *data)
{
	struct desk *self = data;
	const struct audio_options *audio = &self->options->audio;

	self->sent = false;
	send_device(self, LINK_SPICE_SPEAKER, audio->output);
	send_device(self, LINK_SPICE_MICROPHONE, audio->input);
	settle_permission(self);
	send_sound(self);
}

/* What was answered was about another machine. */
static void look_up(struct desk *self)
{
	const char *address = self->options->spice.address ? self->options->spice.address : "";

	if (g_strcmp0(self->address, address) == 0)
		return;
	g_free(self->address);
	self->address = g_strdup(address);
	self->remembered = remember_microphone(address);
	self->answered = PERMISSION_ASK;
}

void desk_settle(struct desk *self)
{
	if (!self)
		return;
	look_up(self);
	if (self->options->audio.microphone != self->setting)
		self->answered = PERMISSION_ASK;
	self->setting = self->options->audio.microphone;
	send_sound(self);
	settle_permission(self);
	if (!self->asking)
		desk_ask(self);
}

/* ---- what is told ---- */

static void set_flags(struct desk *self, uint32_t flags)
{
	uint32_t changed = flags ^ self->flags;

	self->flags = flags;
	if (changed & LINK_SPICE_LISTENS)
		self->listener->listening(self->data, flags & LINK_SPICE_LISTENS);
	if (!(changed & LINK_SPICE_WANTS_TO_LISTEN))
		return;
	if (waits_for_answer(self))
		desk_ask(self);
	else
		withdraw(self);
}

static void on_lost(void *data)
{
	set_flags(data, 0);
}

static void hear_state(void *data, struct link_message *message)
{
	set_flags(data, ((const struct link_spice_sound_state *)message->body)->flags);
}

static void hear_loud(void *data, struct link_message *message)
{
	const struct link_spice_loudness *body = message->body;
	struct desk *self = data;

	if (body->end != LINK_SPICE_SPEAKER)
		return;
	self->speaker.volume = min_u32(body->volume, FULL);
	self->speaker.muted = body->muted != 0;
}

static void hear_alert(void *data, struct link_message *message)
{
	say(data, message->text);
}

static const struct spice_part part = {
	.greeted = on_greeted,
	.lost = on_lost,
	.hears = {
		[LINK_SPICE_SOUND_STATE] = hear_state,
		[LINK_SPICE_SOUND_LOUD] = hear_loud,
		[LINK_SPICE_SOUND_ALERT] = hear_alert,
	},
};

/* ---- life ---- */

struct desk *desk_create(struct spice *spice, const struct options *options,
			 const struct desk_listener *listener, void *data)
{
	struct desk *self = g_new0(struct desk, 1);

	self->spice = spice;
	self->options = options;
	self->listener = listener;
	self->data = data;
	self->speaker = (struct link_spice_loudness){ LINK_SPICE_SPEAKER, FULL, 0 };
	self->setting = options->audio.microphone;
	look_up(self);
	spice_add(spice, &part, self);
	return self;
}

void desk_destroy(struct desk *self)
{
	if (!self)
		return;
	spice_remove(self->spice, &part, self);
	g_free(self->address);
	g_free(self);
}
