#include "wire/producer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "wire/lgmp6.h"
#include "wire/postbox.h"
#include "wire/producer_impl.h"
#include "wire/udata.h"

/* What lies between two pulses beyond this says nothing about the subscribers: a guest that was
 * suspended must not wake up and throw everybody out. */
#define PULSE_GAP_MS 250u

int wire_producer_note(struct wire_producer *self, int answer)
{
	if (answer == WIRE_E_LOST)
		atomic_store(&self->lost, true);
	return answer;
}

/* ---- building a session ---- */

/* Nobody may take half a session for a whole one: the magic goes first and comes back last. */
static void tear_down(struct wire_producer *self)
{
	atomic_store(&self->header->magic, 0);
	fence_full(); /* partner: the consumers' look at magic and session id before each store */
}

static void leave(struct wire_producer *self)
{
	tear_down(self);
	wire_ext_ring_all(&self->ext);
}

static void zero_header(struct wire_producer *self)
{
	static const uint8_t zeros[256];
	const size_t first = offsetof(struct lgmp6_header, timestamp);
	const size_t end = self->layout.positions; /* both rings included */
	for (size_t at = first; at < end; at += sizeof(zeros))
		lgmp6_write(self->base + at, zeros, min_u64(sizeof(zeros), end - at));
}

static void build_queues(struct wire_producer *self)
{
	struct lgmp6_header *header = self->header;
	wire_sender_init(&self->frames.sender, &header->queues[KVMFR20_FRAME_INDEX], self->base,
			 self->layout.frame_ring, KVMFR20_FRAME_ID, KVMFR20_FRAME_LENGTH);
	wire_sender_init(&self->pointers.sender, &header->queues[KVMFR20_POINTER_INDEX], self->base,
			 self->layout.pointer_ring, KVMFR20_POINTER_ID, KVMFR20_POINTER_LENGTH);
	atomic_store(&header->queue_count, 2);
}

static uint64_t to_ms(uint64_t now_ns)
{
	return now_ns / NS_PER_MS + 1; /* never 0 */
}

static void build_extension(struct wire_producer *self)
{
	struct wire_slot slots[WIRE_SLOTS_MAX];

	wire_ext_build(&self->ext, self->session, self->layout.area);
	if (!self->layout.area)
		return;
	for (uint32_t i = 0; i < self->layout.slots; i++)
		slots[i] = self->frames.slots[i].slot;
	wire_pointers_restore(self);
	wire_ext_announce(&self->ext, slots, self->layout.slots);
}

static void build(struct wire_producer *self, const uint8_t *udata, size_t udata_size)
{
	struct lgmp6_header *header = self->header;

	uint32_t before = atomic_load(&header->session);
	tear_down(self);
	wire_ext_farewell(&self->ext, before);
	self->session = lgmp6_random(self, before);
	atomic_store(&header->session, self->session);
	zero_header(self);
	lgmp6_write(self->base + LGMP6_UDATA, udata, udata_size);
	atomic_store(&header->udata_size, (uint32_t)udata_size);
	build_queues(self);
	wire_frames_reset(self);
	wire_pointers_reset(self);
	build_extension(self);
	memset(&self->pulse, 0, sizeof(self->pulse));
	atomic_store(&self->now_ms, to_ms(clock_ns()));
	atomic_store(&self->lost, false);

	atomic_store(&header->version, LGMP6_VERSION);
	atomic_store(&header->timestamp, atomic_load(&self->now_ms));
	fence_stores();
	atomic_store(&header->magic, LGMP6_MAGIC);
	wire_ext_ring_all(&self->ext);
}

/* Returns how long the blob is now. */
static size_t announce(const struct wire_producer *self, uint8_t *udata, size_t size)
{
	struct ext_record record = {
		.magic = EXT_MAGIC,
		.major = EXT_MAJOR,
		.minor = EXT_MINOR,
		.area = self->layout.area,
		.size = EXT_AREA_BYTES,
		.features = EXT_FEATURES | (self->doorbell ? WIRE_EXT_DOORBELL : 0),
		.peer = self->peer,
	};
	memcpy(record.boot_id, self->boot_id, sizeof(record.boot_id));
	return size + ext_record_write(&record, udata + size);
}

int wire_producer_restart(struct wire_producer *self, uint64_t frame_bytes, struct err *err)
{
	uint8_t udata[WIRE_UDATA_MAX];
	size_t udata_size = wire_udata_write(&self->guest, udata);
	uint64_t want = frame_bytes ? frame_bytes : self->frame_bytes;

	if (!self->no_extension && wire_layout_plan_extended(&self->layout, self->size,
							     udata_size + EXT_ANNOUNCEMENT, want)) {
		udata_size = announce(self, udata, udata_size);
	} else {
		int ret = wire_layout_plan(&self->layout, self->size, udata_size, want, err);
		if (ret)
			return ret;
	}
	self->frame_bytes = want;
	build(self, udata, udata_size);
	return 0;
}

int wire_producer_create(struct wire_producer **out, const struct wire_producer_params *params,
			 struct err *err)
{
	if (!params->base || !params->guest || (uintptr_t)params->base % MEM_PAGE != 0)
		return err_set(err, -EINVAL, "the shared memory must be mapped to a whole page");
	struct wire_producer *self = calloc(1, sizeof(*self));
	if (!self || !(self->pointers.shape_bytes = malloc(CURSOR_MAX_BYTES))) {
		free(self);
		return err_set(err, -ENOMEM, "no memory for the producer");
	}
	self->base = params->base;
	self->size = params->size;
	self->guest = *params->guest;
	self->set_cursor = params->set_cursor;
	self->data = params->data;
	self->header = params->base;
	self->no_extension = params->no_extension;
	memcpy(self->boot_id, params->boot_id, sizeof(self->boot_id));
	self->doorbell = params->doorbell;
	self->peer = params->has_peer ? params->peer : EXT_NO_PEER;
	self->ext.base = params->base;
	self->ext.region = params->size;
	self->ext.ring = params->ring;
	self->ext.data = params->data;

	int ret = wire_producer_restart(self, params->frame_bytes, err);
	if (ret) {
		free(self->pointers.shape_bytes);
		free(self);
		return ret;
	}
	*out = self;
	return 0;
}

void wire_producer_destroy(struct wire_producer *self)
{
	if (!self)
		return;
	/* Somebody else may have built a session of theirs in the meantime. */
	if (atomic_load(&self->header->session) == self->session)
		leave(self);
	free(self->pointers.shape_bytes);
	free(self);
}

uint32_t wire_producer_slots(const struct wire_producer *self)
{
	return self->layout.slots;
}

uint64_t wire_producer_slot_bytes(const struct wire_producer *self)
{
	return self->layout.payload_bytes - MEM_PAGE;
}

/* ---- heartbeat ---- */

static bool intact(const struct wire_producer *self)
{
	const struct lgmp6_header *header = self->header;
	return atomic_load(&header->magic) == LGMP6_MAGIC &&
	       atomic_load(&header->version) == LGMP6_VERSION &&
	       atomic_load(&header->session) == self->session &&
	       wire_sender_intact(&self->frames.sender) &&
	       wire_sender_intact(&self->pointers.sender);
}

static void handle_mail(void *data, const void *mail, uint32_t size)
{
	struct wire_producer *self = data;
	struct kvmfr20_set_cursor message;

	if (size < sizeof(message))
		return;
	memcpy(&message, mail, sizeof(message));
	if (message.type == KVMFR20_SET_CURSOR && self->set_cursor)
		self->set_cursor(self->data, message.x, message.y);
}

static int tend(struct wire_producer *self, struct wire_sender *sender, uint32_t *mail,
		uint64_t now_ms, uint64_t forgive_ms)
{
	int ret = wire_sender_reap(sender, now_ms, forgive_ms);
	return ret ? ret : wire_postbox_drain(sender->queue, mail, handle_mail, self);
}

static struct wire_audience count_audience(struct wire_producer *self, struct ext_crowd crowd)
{
	uint32_t frame = wire_sender_live(&self->frames.sender);
	uint32_t pointer = wire_sender_live(&self->pointers.sender);
	return (struct wire_audience){
		.frame = (uint32_t)__builtin_popcount(frame) + crowd.frame,
		.pointer = (uint32_t)__builtin_popcount(pointer) + crowd.pointer,
		.plain = frame || pointer,
		.oriels = crowd.all,
		.frame_newcomer = wire_sender_newcomer(&self->frames.sender),
		.pointer_newcomer = wire_sender_newcomer(&self->pointers.sender),
	};
}

int wire_producer_pulse(struct wire_producer *self, uint64_t now_ns, struct wire_audience *out)
{
	uint64_t now_ms = to_ms(now_ns);
	uint64_t expected = atomic_load(&self->now_ms) + PULSE_GAP_MS;
	uint64_t forgive_ms = now_ms > expected ? now_ms - expected : 0;

	if (atomic_load(&self->lost) || !intact(self))
		return wire_producer_note(self, WIRE_E_LOST);
	atomic_store(&self->header->timestamp, now_ms);
	atomic_store(&self->now_ms, now_ms);

	int ret = tend(self, &self->frames.sender, &self->pulse.frame_mail, now_ms, forgive_ms);
	if (!ret)
		ret = tend(self, &self->pointers.sender, &self->pulse.pointer_mail, now_ms,
			   forgive_ms);
	if (ret)
		return wire_producer_note(self, ret);
	struct ext_crowd crowd = { 0 };
	if (self->ext.on)
		crowd = wire_ext_pulse(&self->ext, now_ms);
	struct wire_audience audience = count_audience(self, crowd);
	if (out)
		*out = audience;
	return 0;
}

/* ---- other Oriels ---- */

bool wire_producer_extended(const struct wire_producer *self)
{
	return self->ext.on;
}

_Atomic uint32_t *wire_producer_knock_word(const struct wire_producer *self)
{
	return self->ext.on ? &self->ext.map.common->knock : NULL;
}

unsigned wire_producer_rings(struct wire_producer *self, enum wire_event event,
			     struct wire_ring *out)
{
	return self->ext.on ? wire_ext_rings(&self->ext, event, out) : 0;
}

unsigned wire_producer_wants(const struct wire_producer *self, struct wire_want *out, unsigned max)
{
	return self->ext.on ? wire_ext_wants(&self->ext, out, max) : 0;
}
