/* The first byte chooses: what other programs list of their clipboard's formats: atoms of X11, or
 * MIME types, one behind the other; and texts in Latin-1 that they give. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "link/parcel.h"
#include "view/clip/formats.h"
#include "view/clip/x11.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* Every set has the same answers, however it came about. */
static void check(uint32_t formats)
{
	unsigned kinds = clip_kinds_of(formats);

	must(formats < 1u << CLIP_FORMATS && kinds < 1u << CLIP_KINDS);
	for (int kind = 0; kind < CLIP_KINDS; kind++) {
		int best = clip_format_best(formats, (enum clip_kind)kind);
		if (best < 0) {
			must(!(kinds & 1u << kind));
			continue;
		}
		must(kinds & 1u << kind && formats & 1u << best);
		must((int)clip_formats[best].kind == kind);
	}
}

static void atoms(const uint8_t *data, size_t size)
{
	static const xcb_atom_t known[CLIP_FORMATS] = { 300, 301, 302, 303, 304, XCB_ATOM_STRING };
	uint32_t list[256];
	size_t count = min_u64(size / 4, ARRAY_LEN(list));

	memcpy(list, data, count * 4);
	check(x11_formats_of(known, list, count));
}

static void names(const uint8_t *data, size_t size)
{
	uint32_t formats = 0;
	char name[64];

	while (size > 0) {
		size_t length = strnlen((const char *)data, min_u64(size, sizeof(name) - 1));
		memcpy(name, data, length);
		name[length] = '\0';
		formats |= clip_format_bit(name);
		length += length < size;
		data += length;
		size -= length;
	}
	check(formats);
}

static void latin1(const uint8_t *data, size_t size)
{
	int fd = parcel_of(data, size), text = clip_from_latin1(fd), back = clip_to_latin1(text);
	struct parcel_view view;

	must(fd >= 0 && text >= 0 && back >= 0);
	must(parcel_map(back, &view) == 0);
	must(view.size == size && memcmp(view.bytes, data, size) == 0);
	parcel_unmap(&view);
	close(back);
	close(text);
	back = clip_to_latin1(fd); /* what may be no UTF-8 at all */
	if (back >= 0)
		close(back);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (*data % 3 == 0)
		atoms(data + 1, size - 1);
	else if (*data % 3 == 1)
		names(data + 1, size - 1);
	else
		latin1(data + 1, size - 1);
	return 0;
}
