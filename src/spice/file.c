#include "spice/file.h"

#include <errno.h>
#include <unistd.h>

/* ---- reading ---- */

G_DECLARE_FINAL_TYPE(FileReader, file_reader, FILE, READER, GFileInputStream)
struct _FileReader {
	GFileInputStream parent;
	GFile *file;
	goffset at;
};
G_DEFINE_FINAL_TYPE(FileReader, file_reader, G_TYPE_FILE_INPUT_STREAM)

G_DECLARE_FINAL_TYPE(FileGiven, file_given, FILE, GIVEN, GObject)
struct _FileGiven {
	GObject parent;
	int fd;
	char *name;
	uint64_t size;
};

static gssize reader_read(GInputStream *stream, void *buffer, gsize count,
			  GCancellable *cancellable, GError **error)
{
	FileReader *self = FILE_READER(stream);
	ssize_t got;

	if (g_cancellable_set_error_if_cancelled(cancellable, error))
		return -1;
	do
		got = pread(FILE_GIVEN(self->file)->fd, buffer, count, self->at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "cannot be read: %s",
			    g_strerror(errno));
	else
		self->at += got;
	return got;
}

static void reader_finalize(GObject *object)
{
	g_object_unref(FILE_READER(object)->file);
	G_OBJECT_CLASS(file_reader_parent_class)->finalize(object);
}

static void file_reader_class_init(FileReaderClass *class)
{
	G_INPUT_STREAM_CLASS(class)->read_fn = reader_read;
	G_OBJECT_CLASS(class)->finalize = reader_finalize;
}

static void file_reader_init(FileReader *self)
{
	(void)self;
}

/* ---- the file ---- */

static GFile *given_dup(GFile *file)
{
	return g_object_ref(file);
}

static guint given_hash(GFile *file)
{
	return g_direct_hash(file);
}

static gboolean given_equal(GFile *one, GFile *other)
{
	return one == other;
}

static gboolean given_is_native(GFile *file)
{
	(void)file;
	return FALSE;
}

static char *given_basename(GFile *file)
{
	return g_strdup(FILE_GIVEN(file)->name);
}

/* It has none. */
static char *given_path(GFile *file)
{
	(void)file;
	return NULL;
}

static char *given_uri(GFile *file)
{
	return g_strdup_printf("given:///%s", FILE_GIVEN(file)->name);
}

static GFile *given_parent(GFile *file)
{
	(void)file;
	return NULL;
}

static GFileInfo *given_query_info(GFile *file, const char *attributes, GFileQueryInfoFlags flags,
				   GCancellable *cancellable, GError **error)
{
	FileGiven *self = FILE_GIVEN(file);
	GFileInfo *info = g_file_info_new();

	(void)attributes, (void)flags, (void)cancellable, (void)error;
	g_file_info_set_file_type(info, G_FILE_TYPE_REGULAR);
	g_file_info_set_name(info, self->name);
	g_file_info_set_display_name(info, self->name);
	g_file_info_set_size(info, (goffset)self->size);
	return info;
}

static GFileInputStream *given_read(GFile *file, GCancellable *cancellable, GError **error)
{
	FileReader *reader = g_object_new(file_reader_get_type(), NULL);

	(void)cancellable, (void)error;
	reader->file = g_object_ref(file);
	return G_FILE_INPUT_STREAM(reader);
}

static void given_file_init(GFileIface *iface)
{
	iface->dup = given_dup;
	iface->hash = given_hash;
	iface->equal = given_equal;
	iface->is_native = given_is_native;
	iface->get_basename = given_basename;
	iface->get_path = given_path;
	iface->get_uri = given_uri;
	iface->get_parse_name = given_basename;
	iface->get_parent = given_parent;
	iface->query_info = given_query_info;
	iface->read_fn = given_read;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(FileGiven, file_given, G_TYPE_OBJECT,
			      G_IMPLEMENT_INTERFACE(G_TYPE_FILE, given_file_init))

static void given_finalize(GObject *object)
{
	FileGiven *self = FILE_GIVEN(object);

	if (self->fd >= 0)
		close(self->fd);
	g_free(self->name);
	G_OBJECT_CLASS(file_given_parent_class)->finalize(object);
}

static void file_given_class_init(FileGivenClass *class)
{
	G_OBJECT_CLASS(class)->finalize = given_finalize;
}

static void file_given_init(FileGiven *self)
{
	self->fd = -1;
}

GFile *file_new(int fd, const char *name, uint64_t size)
{
	FileGiven *self = g_object_new(file_given_get_type(), NULL);

	self->fd = fd;
	self->name = g_strdup(name);
	self->size = size;
	return G_FILE(self);
}
