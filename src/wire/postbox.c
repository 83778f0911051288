#include "wire/postbox.h"

#include "base/mem.h"
#include "wire/wire.h"

/* Takes one letter out, still unacknowledged. */
static int take(struct lgmp6_queue *queue, uint32_t *read, void *mail, uint32_t *size)
{
	int ret = lgmp6_lock(&queue->mail_lock);
	if (ret)
		return ret;
	struct lgmp6_mail *slot = &queue->mail[*read];
	*size = min_u32(atomic_load(&slot->size), LGMP6_MAIL_BYTES);
	lgmp6_read(mail, slot->data, *size);
	*read = (*read + 1) % LGMP6_MAIL_SLOTS;
	atomic_fetch_add(&queue->mail_free, 1);
	lgmp6_unlock(&queue->mail_lock);
	return 0;
}

/* An empty mailbox whose lock its last user took along helps nobody. */
static int look_at_lock(struct lgmp6_queue *queue)
{
	if (atomic_load(&queue->mail_lock) == 0)
		return 0;
	int ret = lgmp6_lock(&queue->mail_lock);
	if (!ret)
		lgmp6_unlock(&queue->mail_lock);
	return ret;
}

int wire_postbox_drain(struct lgmp6_queue *queue, uint32_t *read, wire_postbox_handler handler,
		       void *data)
{
	/* Bounded: who writes faster than we read is served at the next pulse. */
	for (uint32_t i = 0; i < LGMP6_MAIL_SLOTS; i++) {
		uint32_t mail[LGMP6_MAIL_BYTES / 4], size;
		uint32_t free = atomic_load(&queue->mail_free);
		if (free == LGMP6_MAIL_SLOTS)
			return look_at_lock(queue);
		if (free > LGMP6_MAIL_SLOTS)
			return WIRE_E_LOST;
		int ret = take(queue, read, mail, &size);
		if (ret)
			return ret;
		handler(data, mail, size);
		atomic_fetch_add(&queue->mail_acked, 1);
	}
	return 0;
}

static int put_locked(struct lgmp6_queue *queue, const void *mail, uint32_t size, uint32_t *serial)
{
	uint32_t free = atomic_load(&queue->mail_free), at = atomic_load(&queue->mail_next);
	if (free == 0)
		return WIRE_E_BUSY;
	if (free > LGMP6_MAIL_SLOTS || at >= LGMP6_MAIL_SLOTS)
		return WIRE_E_LOST;
	atomic_store(&queue->mail[at].size, size);
	lgmp6_write(queue->mail[at].data, mail, size);
	atomic_store(&queue->mail_next, (at + 1) % LGMP6_MAIL_SLOTS);
	atomic_fetch_sub(&queue->mail_free, 1);
	*serial = atomic_fetch_add(&queue->mail_written, 1) + 1;
	return 0;
}

int wire_postbox_put(struct lgmp6_queue *queue, const void *mail, uint32_t size, uint32_t *serial)
{
	if (atomic_load(&queue->mail_free) == 0)
		return WIRE_E_BUSY;
	int ret = lgmp6_lock(&queue->mail_lock);
	if (ret)
		return ret;
	ret = put_locked(queue, mail, size, serial);
	lgmp6_unlock(&queue->mail_lock);
	return ret;
}

bool wire_postbox_acked(const struct lgmp6_queue *queue, uint32_t serial)
{
	return (int32_t)(atomic_load(&queue->mail_acked) - serial) >= 0;
}
