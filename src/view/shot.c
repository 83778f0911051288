#include "view/shot.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <png.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pixel/convert.h"

/* The pixels as upright BGRX words without gaps; rows that are missing stay black. */
static uint8_t *upright_bgrx(const struct pixel_image *image, const void *pixels, uint32_t width,
			     uint32_t height)
{
	size_t size = (size_t)width * height * 4;
	uint8_t *plain = g_malloc0(size);

	pixel_to_bgrx(image, pixels, plain, (size_t)image->width * 4,
		      (struct rect){ 0, 0, image->width, image->height });
	if (image->rotation == PIXEL_ROTATE_0)
		return plain;
	uint8_t *turned = g_malloc(size);
	pixel_rotate_bgrx(turned, (size_t)width * 4, plain, (size_t)image->width * 4, image->width,
			  image->height, image->rotation);
	g_free(plain);
	return turned;
}

/* In place: three bytes of each four, red first. */
static void pack_rgb(uint8_t *pixels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t blue = pixels[4 * i], green = pixels[4 * i + 1];
		pixels[3 * i] = pixels[4 * i + 2];
		pixels[3 * i + 1] = green;
		pixels[3 * i + 2] = blue;
	}
}

static gboolean fail(GError **error, const char *path, const char *what)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot write %s: %s", path, what);
	return FALSE;
}

static gboolean write_png(FILE *file, const char *path, const uint8_t *rgb, uint32_t width,
			  uint32_t height, GError **error)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
			    .width = width,
			    .height = height,
			    .format = PNG_FORMAT_RGB,
			    .flags = PNG_IMAGE_FLAG_FAST };

	if (!png_image_write_to_stdio(&image, file, 0, rgb, 0, NULL))
		return fail(error, path, image.message);
	return fflush(file) == 0 ? TRUE : fail(error, path, g_strerror(errno));
}

/* mkstemp() makes files that only we can read; a picture gets what the umask grants. */
static void grant_umask(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	(void)!fchmod(fd, 0666 & ~mask);
}

static gboolean write_beside(const char *path, const uint8_t *rgb, uint32_t width, uint32_t height,
			     GError **error)
{
	g_autofree char *beside = g_strconcat(path, ".XXXXXX", NULL);
	int fd = g_mkstemp(beside);
	gboolean good;

	if (fd < 0)
		return fail(error, path, g_strerror(errno));
	grant_umask(fd);
	FILE *file = fdopen(fd, "wb");
	good = write_png(file, path, rgb, width, height, error);
	if (fclose(file) != 0 && good)
		good = fail(error, path, g_strerror(errno));
	if (good && g_rename(beside, path) != 0)
		good = fail(error, path, g_strerror(errno));
	if (!good)
		g_unlink(beside);
	return good;
}

gboolean shot_write(struct frame *frame, const void *pixels, const char *path, GError **error)
{
	const void *from = pixels ? pixels : frame_pixels(frame);
	uint32_t width, height;

	if (!from)
		return fail(error, path,
			    frame->opaque ? "the picture is in the graphics card's memory alone; "
					    "--spice-textures=copy brings it here"
					  : "the guest vanished with the picture");
	pixel_image_upright(&frame->image, &width, &height);
	g_autofree uint8_t *rgb = upright_bgrx(&frame->image, from, width, height);
	pack_rgb(rgb, (size_t)width * height);
	return write_beside(path, rgb, width, height, error);
}

/* Without settings of its own the desktop says that pictures lie in the home directory. */
char *shot_folder(void)
{
	const char *pictures = g_get_user_special_dir(G_USER_DIRECTORY_PICTURES);
	bool good = pictures && strcmp(pictures, g_get_home_dir()) != 0;
	char *out = good ? g_strdup(pictures)
			 : g_build_filename(g_get_user_state_dir(), "oriel", NULL);

	g_mkdir_with_parents(out, 0700); /* failure shows when a picture is written */
	return out;
}
