#include "link/paths.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "link/opener.h"
#include "link/parcel.h"

int paths_pack(const char *const *paths, size_t count)
{
	int fd = parcel_create(), result = fd < 0 ? fd : 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = parcel_append(fd, paths[i], strlen(paths[i]) + 1);
	if (result == 0)
		result = parcel_seal(fd);
	if (result < 0 && fd >= 0)
		close(fd);
	return result < 0 ? result : fd;
}

static bool is_list(const struct parcel_view *view)
{
	const char *at = view->bytes, *end = at + view->size;
	size_t count = 0;

	if (view->size == 0 || view->size > LINK_OPENER_BYTES_MAX || end[-1] != '\0')
		return false;
	for (; at < end; at += strlen(at) + 1)
		if (*at != '/' || ++count > LINK_OPENER_FILES_MAX)
			return false;
	return true;
}

int paths_unpack(int fd, void (*tell)(void *data, const char *path), void *data)
{
	struct parcel_view view;
	int result = parcel_map(fd, &view);

	if (result < 0)
		return result;
	bool good = is_list(&view);
	const char *end = (const char *)view.bytes + view.size;
	for (const char *at = view.bytes; good && at < end; at += strlen(at) + 1)
		tell(data, at);
	parcel_unmap(&view);
	return good ? 0 : -EINVAL;
}
