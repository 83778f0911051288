/* guest/x11_spec.h - what the argument of `--capture x11:` says. Pure; any thread. */
#ifndef GUEST_X11_SPEC_H
#define GUEST_X11_SPEC_H

#include "base/err.h"

struct x11_spec {
	char display[128]; /* "" = $DISPLAY */
	char way[16];      /* "" = the best that works, see x11_way.h */
};

/* "[DISPLAY][,way=NAME]". 0 or -EINVAL with words. */
int x11_spec_parse(struct x11_spec *out, const char *text, struct err *err);

#endif
