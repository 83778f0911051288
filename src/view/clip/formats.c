#include "view/clip/formats.h"

#include <errno.h>
#include <string.h>

#include "link/parcel.h"

const struct clip_format clip_formats[CLIP_FORMATS] = {
	{ "text/plain;charset=utf-8", CLIP_TEXT },
	{ "text/plain;charset=UTF-8", CLIP_TEXT },
	{ "UTF8_STRING", CLIP_TEXT },
	{ "text/plain", CLIP_TEXT },
	{ "TEXT", CLIP_TEXT },
	{ "STRING", CLIP_TEXT, .latin1 = true },
	{ "image/png", CLIP_PNG },
	{ "image/bmp", CLIP_BMP },
	{ "image/x-bmp", CLIP_BMP },
	{ "image/x-MS-bmp", CLIP_BMP },
	{ "image/tiff", CLIP_TIFF },
	{ "image/jpeg", CLIP_JPEG },
	{ "image/jpg", CLIP_JPEG },
};

uint32_t clip_format_bit(const char *name)
{
	for (unsigned i = 0; i < CLIP_FORMATS; i++)
		if (strcmp(clip_formats[i].name, name) == 0)
			return 1u << i;
	return 0;
}

unsigned clip_kinds_of(uint32_t formats)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < CLIP_FORMATS; i++)
		if (formats & 1u << i)
			kinds |= 1u << clip_formats[i].kind;
	return kinds;
}

int clip_format_best(uint32_t formats, enum clip_kind kind)
{
	for (int i = 0; i < CLIP_FORMATS; i++)
		if (formats & 1u << i && clip_formats[i].kind == kind)
			return i;
	return -1;
}

static int convert(int fd, const char *to, const char *from)
{
	struct parcel_view view;
	int result = parcel_map(fd, &view);
	size_t size = 0;

	if (result < 0)
		return result;
	g_autofree char *text = g_convert_with_fallback(view.bytes, (gssize)view.size, to, from,
							"?", NULL, &size, NULL);
	parcel_unmap(&view);
	return text ? parcel_of(text, size) : -EILSEQ;
}

int clip_from_latin1(int fd)
{
	return convert(fd, "UTF-8", "ISO-8859-1");
}

int clip_to_latin1(int fd)
{
	return convert(fd, "ISO-8859-1", "UTF-8");
}
