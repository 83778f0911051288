#include "guest/x11_spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int x11_spec_parse(struct x11_spec *out, const char *text, struct err *err)
{
	static const char way[] = "way=";
	struct x11_spec spec = { .display = "", .way = "" };
	text = text ? text : "";
	const char *comma = strchr(text, ',');
	size_t length = comma ? (size_t)(comma - text) : strlen(text);
	if (length >= sizeof(spec.display))
		return err_set(err, -EINVAL, "x11: display \"%.40s...\" is too long", text);
	memcpy(spec.display, text, length);
	if (comma) {
		const char *word = comma + 1, *name = word + strlen(way);
		if (strncmp(word, way, strlen(way)) != 0 || strlen(name) >= sizeof(spec.way))
			return err_set(err, -EINVAL,
				       "x11: \"%s\" is no option; there is way=NAME (pixmap "
				       "getimage copy socket)",
				       word);
		memcpy(spec.way, name, strlen(name) + 1);
	}
	*out = spec;
	return 0;
}
