/* wire/postbox.h - LGMP's mailbox from consumers to the producer, both ends. Private to this room.
 * Ten slots of 64 bytes per queue; its counters are shared by all consumers of the queue.
 */
#ifndef WIRE_POSTBOX_H
#define WIRE_POSTBOX_H

#include <stdint.h>

#include "wire/lgmp6.h"

/* Runs with no lock held; `size` is at most LGMP6_MAIL_BYTES. */
typedef void (*wire_postbox_handler)(void *data, const void *mail, uint32_t size);

/* Producer: hands out and acknowledges all mail that waits, known or not. *read is the index that
 * the last call ended with, 0 in a new session. 0 or WIRE_E_LOST. */
int wire_postbox_drain(struct lgmp6_queue *queue, uint32_t *read, wire_postbox_handler handler,
		       void *data);

/* Consumer: *serial is what wire_postbox_acked() takes. 0, WIRE_E_BUSY (ten wait), WIRE_E_LOST. */
int wire_postbox_put(struct lgmp6_queue *queue, const void *mail, uint32_t size, uint32_t *serial);

bool wire_postbox_acked(const struct lgmp6_queue *queue, uint32_t serial);

#endif
