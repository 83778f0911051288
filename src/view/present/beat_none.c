/* Built without Wayland. */
#include "view/present/beat.h"

const struct beat_impl beat_wayland = { 0 };
