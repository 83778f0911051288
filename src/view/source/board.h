/* view/source/board.h - the memory of a surface that oriel-spice told of, and the pictures in it.
 *
 * Who told may have been taken over: what cannot be is refused, and nothing that it does later
 * makes reading fault. Main thread only.
 */
#ifndef VIEW_SOURCE_BOARD_H
#define VIEW_SOURCE_BOARD_H

#include "link/spice_display.h"
#include "view/source/source.h"

struct board;
struct spice;

/* Slots that nobody uses any more are given back to `spice`; `first` will be the serial of its
 * first picture. NULL: a surface that is none. Takes `fd` over unless it is. */
struct board *board_create(const struct link_spice_surface *told, int fd, struct spice *spice,
			   uint64_t first);

bool board_is(const struct board *self, uint32_t surface);

/* The picture that a message tells of, with a reference for the caller; it keeps the board. NULL:
 * one that cannot be. */
struct frame *board_take(struct board *self, const struct link_spice_frame *told, uint64_t serial);

/* oriel-spice wants nothing back of it any more. NULL is fine. */
void board_retire(struct board *self);

/* NULL is fine. */
void board_unref(struct board *self);

#endif
