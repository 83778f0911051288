#include "wire/consumer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/consumer_impl.h"
#include "wire/kvmfr20.h"
#include "wire/lgmp6.h"
#include "wire/udata.h"

static const uint32_t queue_ids[] = {
	[WIRE_QUEUE_FRAME] = KVMFR20_FRAME_ID,
	[WIRE_QUEUE_POINTER] = KVMFR20_POINTER_ID,
};

static struct lgmp6_header *header_of(const struct wire_consumer *self)
{
	return (void *)self->region.base;
}

int wire_consumer_create(struct wire_consumer **out, void *base, size_t size, struct err *err)
{
	if (size < sizeof(struct lgmp6_header) || (uintptr_t)base % MEM_PAGE != 0)
		return err_set(err, -EINVAL,
			       "%zu bytes of shared memory cannot hold a session: at least %zu, "
			       "mapped to a whole page",
			       size, sizeof(struct lgmp6_header));
	struct wire_consumer *self = calloc(1, sizeof(*self));
	if (!self || !(self->shape = malloc(CURSOR_MAX_BYTES))) {
		free(self);
		return err_set(err, -ENOMEM, "no memory for the consumer");
	}
	self->region = (struct wire_region){ base, size };
	*out = self;
	return 0;
}

void wire_consumer_destroy(struct wire_consumer *self)
{
	if (!self)
		return;
	wire_consumer_unsubscribe(self, WIRE_QUEUE_FRAME);
	wire_consumer_unsubscribe(self, WIRE_QUEUE_POINTER);
	wire_ext_drop_all(self);
	free(self->shape);
	free(self);
}

/* ---- session ---- */

struct verdict {
	enum wire_state state;
	const char *why;
};

static const struct verdict absent = { WIRE_ABSENT, "no capture program has run in this memory" };
static const struct verdict other_lgmp = { WIRE_LGMP_VERSION,
					   "the capture program speaks another version of LGMP" };
static const struct verdict other_kvmfr = { WIRE_KVMFR_VERSION,
					    "the capture program speaks another version of KVMFR" };
static const struct verdict quiet = { WIRE_STALE, "the capture program does not answer" };
static const struct verdict spoilt = { WIRE_STALE,
				       "the session is damaged; waiting for a new one" };
static const struct verdict live = { WIRE_LIVE, NULL };

/* Follows the timestamp: it has to move before anything else is believed. */
static bool follow_beat(struct wire_consumer *self, uint64_t now_ns)
{
	struct wire_beat *beat = &self->beat;
	uint32_t session = atomic_load(&header_of(self)->session);
	uint64_t timestamp = atomic_load(&header_of(self)->timestamp);

	if (!beat->known || beat->session != session) {
		*beat = (struct wire_beat){ true, false, session, timestamp, now_ns };
		self->spoilt = false;
	} else if (beat->timestamp != timestamp) {
		beat->beating = true;
		beat->timestamp = timestamp;
		beat->moved_ns = now_ns;
	} else if (now_ns - beat->moved_ns > LGMP6_HEARTBEAT_MS * NS_PER_MS) {
		beat->beating = false;
	}
	return beat->beating;
}

/* Once the damage is gone the session begins anew, heartbeat first. */
static bool look_at_damage(struct wire_consumer *self)
{
	if (!self->spoilt)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(queue_ids); i++) {
		int queue = wire_place_find(&self->region, queue_ids[i]);
		if (queue >= 0 && !wire_place_sane(&self->region, (uint32_t)queue))
			return true;
	}
	self->spoilt = self->beat.known = false;
	return true;
}

/* Learns who the guest is, from one private copy. */
static bool read_guest(struct wire_consumer *self)
{
	uint8_t blob[WIRE_UDATA_MAX];
	uint64_t size = atomic_load(&header_of(self)->udata_size);

	if (!range_inside(LGMP6_UDATA, size, self->region.size))
		return false;
	size = min_u64(size, sizeof(blob));
	lgmp6_read(blob, self->region.base + LGMP6_UDATA, size);
	self->ext.offered = ext_record_find(blob, size, &self->ext.record);
	return wire_udata_read(blob, size, &self->session.guest, &self->session.kvmfr_version) == 0;
}

static struct verdict judge(struct wire_consumer *self, uint64_t now_ns)
{
	bool was_live = self->session.state == WIRE_LIVE;

	if (atomic_load(&header_of(self)->magic) != LGMP6_MAGIC) {
		self->beat.known = false;
		return absent;
	}
	self->session.lgmp_version = atomic_load(&header_of(self)->version);
	if (self->session.lgmp_version != LGMP6_VERSION)
		return other_lgmp;
	if (!follow_beat(self, now_ns))
		return quiet;
	if (look_at_damage(self))
		return spoilt;
	return was_live || read_guest(self) ? live : other_kvmfr;
}

/* Everything of the old session is void, and nothing is stored into it any more. */
static void leave(struct wire_consumer *self)
{
	wire_ext_leave(self);
	atomic_store(&self->live, 0);
	atomic_store(&self->holds, 0);
	self->places[WIRE_QUEUE_FRAME].taken = false;
	self->places[WIRE_QUEUE_POINTER].taken = false;
}

enum wire_state wire_consumer_check(struct wire_consumer *self, uint64_t now_ns,
				    const struct wire_session **out)
{
	struct wire_session *session = &self->session;
	struct verdict verdict = judge(self, now_ns);

	if (session->state == WIRE_LIVE && verdict.state != WIRE_LIVE)
		leave(self);
	bool new = verdict.state == WIRE_LIVE && session->state != WIRE_LIVE;
	session->state = verdict.state;
	session->why = verdict.why;
	session->id = self->beat.session;
	if (verdict.state == WIRE_LIVE)
		atomic_store(&self->live, 1ull << 32 | session->id);
	if (new)
		wire_ext_enter(self);
	wire_ext_tend(self, now_ns);
	if (out)
		*out = session;
	return verdict.state;
}

bool wire_consumer_intact(const struct wire_consumer *self, uint32_t session)
{
	return atomic_load(&self->live) == (1ull << 32 | session) &&
	       atomic_load(&header_of(self)->magic) == LGMP6_MAGIC &&
	       atomic_load(&header_of(self)->session) == session;
}

int wire_consumer_note(struct wire_consumer *self, int answer)
{
	/* A session that ended is no damaged one. */
	if (answer == WIRE_E_LOST && wire_consumer_intact(self, self->session.id))
		self->spoilt = true;
	return answer;
}

/* ---- queues ---- */

int wire_consumer_ready(struct wire_consumer *self, enum wire_queue queue)
{
	struct wire_place *place = &self->places[queue];

	if (self->spoilt || !wire_consumer_intact(self, self->session.id))
		return WIRE_E_LOST;
	if (!place->taken)
		return WIRE_E_TIMEOUT;
	int ret = wire_place_status(place, &self->region);
	if (ret)
		place->taken = false;
	return ret;
}

int wire_consumer_subscribe(struct wire_consumer *self, enum wire_queue queue)
{
	struct wire_place *place = &self->places[queue];
	if (self->ext.on)
		return wire_ext_subscribe(self, queue);
	int ret = wire_consumer_ready(self, queue);
	if (ret == 0 || ret == WIRE_E_LOST)
		return ret;
	int index = wire_place_find(&self->region, queue_ids[queue]);
	if (index < 0)
		return WIRE_E_EMPTY;
	ret = wire_place_take(place, &self->region, (uint32_t)index);
	if (ret == 0 && queue == WIRE_QUEUE_FRAME)
		atomic_store(&self->holds, (uint64_t)place->claim << 32);
	return wire_consumer_note(self, ret);
}

void wire_consumer_unsubscribe(struct wire_consumer *self, enum wire_queue queue)
{
	if (self->ext.on)
		wire_ext_unsubscribe(self, queue);
	else if (wire_consumer_ready(self, queue) == 0)
		wire_place_leave(&self->places[queue], &self->region);
}
