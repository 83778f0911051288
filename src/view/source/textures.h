/* view/source/textures.h - a guest's screen in dma-bufs of the machine's graphics device, as
 * oriel-spice tells of it, and the pictures in them.
 *
 * The guest waits for each picture until it was read: when the presenter gives it back, or has
 * shown it. Who told may have been taken over: what cannot be is refused. Main thread only.
 */
#ifndef VIEW_SOURCE_TEXTURES_H
#define VIEW_SOURCE_TEXTURES_H

#include "link/spice_display.h"
#include "view/source/frame.h"

struct spice;
struct textures;

/* `refused`: no presenter here can show such a picture. */
struct textures *textures_create(struct spice *spice, void (*refused)(void *data), void *data);

/* The screen is in this one from now on. Takes `fd` over unless it is none that can be: false. */
bool textures_set(struct textures *self, const struct link_spice_texture *told, int fd);

/* It is in none any more. */
void textures_drop(struct textures *self);

bool textures_there(const struct textures *self);
bool textures_is(const struct textures *self, uint32_t texture);

/* Something was drawn on it: picture `serial`. False: that cannot be. */
bool textures_draw(struct textures *self, const struct link_spice_drawn *told, uint64_t serial);

/* The newest picture, with a reference for the caller; NULL: there is none, or too many are out. */
struct frame *textures_frame(struct textures *self);

/* Nobody wants to hear of it any more; frames may be out. NULL is fine. */
void textures_retire(struct textures *self);

#endif
