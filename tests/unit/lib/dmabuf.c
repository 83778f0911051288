/* dma-bufs of frames: one for each buffer, kept while the session lasts. The kernel's part is made
 * up: this shm_dmabuf() hands out memfds and keeps count. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#include "lib/dmabuf.h"
#include "lib/frame.h"
#include "lib/source.h"

static struct guest guest;
static struct watcher watcher;

/* ---- the kernel's part ---- */

static struct {
	atomic_uint made;
	int refuse;                      /* this errno */
	uint64_t most;                   /* bytes of one; 0: any */
	_Atomic uint64_t offset, length; /* of the last */
} kernel;

int shm_dmabuf(const struct shm *self, uint64_t offset, uint64_t length, struct err *err)
{
	if (kernel.refuse)
		return err_set_errno(err, -kernel.refuse, "%s: no luck", self->name);
	if (kernel.most && length > kernel.most)
		return err_set(err, -EFBIG, "too large");
	kernel.offset = offset;
	kernel.length = length;
	atomic_fetch_add(&kernel.made, 1);
	return memfd_create("dma-buf", MFD_CLOEXEC);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* ---- helpers ---- */

static void begin(const char *version)
{
	memset(&kernel, 0, sizeof(kernel));
	guest_start(&guest, version);
	watcher_open(&watcher, &guest, false);
	watcher_until(&watcher, &watcher.attached, 1);
	watcher.hold = true;
}

static void finish(void)
{
	watcher_close(&watcher);
	guest_finish(&guest);
}

static void next_frame(void)
{
	unsigned wanted = watcher.frames + 1;
	oriel_frame_unref(watcher.frame);
	watcher.frame = NULL;
	guest_frame(&guest, NULL);
	watcher_until(&watcher, &watcher.frames, wanted);
}

static int get(void)
{
	uint32_t offset = 1;
	int fd = oriel_frame_dmabuf(watcher.frame, &offset, NULL, 0);
	CHECK(fd >= 0);
	CHECK_EQ(offset, 0);
	return fd;
}

static off_t place(void)
{
	off_t offset;
	size_t size;
	CHECK(oriel_frame_shm(watcher.frame, &offset, &size) >= 0);
	return offset;
}

/* ---- frames ---- */

static void each_buffer_has_one(void)
{
	off_t places[8];
	int fds[8];
	size_t known = 0;
	for (unsigned i = 0; i < 40; i++) {
		size_t at = 0;
		next_frame();
		while (at < known && places[at] != place())
			at++;
		CHECK(at < ARRAY_LEN(places));
		if (at == known) {
			places[known] = place();
			fds[known++] = get();
			CHECK_EQ(kernel.offset, place());
			CHECK(kernel.length >= 320 * 200 * 4);
		}
		CHECK_EQ(get(), fds[at]);
		CHECK_EQ(atomic_load(&kernel.made), known);
	}
	CHECK(known >= 2);
	for (size_t i = 0; i < known; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(fds[i] != fds[j]);
}

static void each_buffer_of_an_oriel_has_one(void)
{
	guest_extend(&guest, false);
	begin("Oriel 0.1");
	each_buffer_has_one();
	finish();
}

static void each_buffer_of_a_plain_guest_has_one(void)
{
	begin("B7");
	each_buffer_has_one();
	finish();
}

static void nobody_asks_nothing_is_made(void)
{
	begin("Oriel 0.1");
	next_frame();
	CHECK_EQ(atomic_load(&kernel.made), 0);
	finish();
}

static void they_go_with_the_session_and_its_last_frame(void)
{
	guest_extend(&guest, false);
	begin("Oriel 0.1");
	next_frame();
	int fd = get();
	unsigned gone = watcher.detached + 1;
	guest_stop(&guest, true);
	watcher_until(&watcher, &watcher.detached, gone);
	CHECK(is_open(fd));
	CHECK_EQ(get(), fd);
	oriel_frame_unref(watcher.frame);
	watcher.frame = NULL;
	CHECK(!is_open(fd));

	guest_start(&guest, "Oriel 0.1");
	watcher_until(&watcher, &watcher.attached, 2);
	next_frame();
	fd = get();
	CHECK_EQ(atomic_load(&kernel.made), 2);
	oriel_close(watcher.oriel);
	CHECK(is_open(fd));
	oriel_frame_unref(watcher.frame);
	CHECK(!is_open(fd));
	guest_finish(&guest);
}

static void a_picture_may_start_inside_a_page(void)
{
	uint32_t offset;
	begin("B7");
	next_frame();
	uint64_t page = watcher.frame->hold.offset;
	watcher.frame->hold.offset += 100;
	watcher.frame->hold.size = 4096;
	CHECK(oriel_frame_dmabuf(watcher.frame, &offset, NULL, 0) >= 0);
	CHECK_EQ(offset, 100);
	CHECK_EQ(kernel.offset, page);
	CHECK_EQ(kernel.length, 8192);
	watcher.frame->hold.offset -= 100;
	finish();
}

static void what_is_wrong_is_said(void)
{
	char error[64] = "";
	uint32_t offset = 77;
	begin("B7");
	next_frame();
	kernel.refuse = ENOTSUP;
	CHECK_EQ(oriel_frame_dmabuf(watcher.frame, &offset, error, sizeof(error)), -ENOTSUP);
	CHECK_CONTAINS(error, ": no luck");
	CHECK_EQ(oriel_frame_dmabuf(watcher.frame, &offset, NULL, 0), -ENOTSUP);
	atomic_store(&watcher.frame->source->gone, true);
	CHECK_EQ(oriel_frame_dmabuf(watcher.frame, &offset, error, sizeof(error)), -ESTALE);
	CHECK_CONTAINS(error, "truncated");
	CHECK_EQ(offset, 77);
	atomic_store(&watcher.frame->source->gone, false);
	kernel.refuse = 0;
	get();
	finish();
}

/* ---- the list ---- */

static struct shm memory = { .size = 64 * MIB, .name = "memory" };
static struct dmabufs *bufs;

static void list_begin(void)
{
	memset(&kernel, 0, sizeof(kernel));
	bufs = dmabufs_create();
	CHECK(bufs != NULL);
}

static void there_is_room_to_grow(void)
{
	list_begin();
	int fd = dmabufs_get(bufs, &memory, MIB, 8 * MIB + 1, NULL);
	CHECK_EQ(kernel.length, 12 * MIB);
	CHECK_EQ(dmabufs_get(bufs, &memory, MIB, 12 * MIB, NULL), fd);
	CHECK_EQ(dmabufs_get(bufs, &memory, MIB, 1, NULL), fd);
	int more = dmabufs_get(bufs, &memory, MIB, 12 * MIB + 1, NULL);
	CHECK(more >= 0 && more != fd);
	CHECK(is_open(fd)); /* somebody may still look at it */
	CHECK_EQ(dmabufs_get(bufs, &memory, 60 * MIB, 3 * MIB + 1, NULL) >= 0, true);
	CHECK_EQ(kernel.length, 4 * MIB); /* no further than the memory */
	CHECK_EQ(atomic_load(&kernel.made), 3);
	dmabufs_unref(bufs);
	CHECK(!is_open(fd) && !is_open(more));
}

static void just_what_is_needed_where_more_is_too_much(void)
{
	struct err err;
	list_begin();
	kernel.most = 9 * MIB;
	CHECK(dmabufs_get(bufs, &memory, 0, 8 * MIB + 1, &err) >= 0);
	CHECK_EQ(kernel.length, 8 * MIB + 4096);
	CHECK_EQ(dmabufs_get(bufs, &memory, 0, 10 * MIB, &err), -EFBIG);
	CHECK_STR(err.text, "too large");
	dmabufs_unref(bufs);
}

static void a_guest_cannot_have_any_number(void)
{
	struct err err;
	list_begin();
	for (unsigned i = 0; i < DMABUFS_MAX; i++)
		CHECK(dmabufs_get(bufs, &memory, i * 4096, 4096, &err) >= 0);
	CHECK_EQ(dmabufs_get(bufs, &memory, DMABUFS_MAX * 4096, 4096, &err), -ENOSPC);
	CHECK_CONTAINS(err.text, "more buffers");
	CHECK(dmabufs_get(bufs, &memory, 4096, 4096, &err) >= 0);
	CHECK_EQ(atomic_load(&kernel.made), DMABUFS_MAX);
	dmabufs_unref(bufs);
}

static atomic_uint waiting;

static void *race(void *data)
{
	int *fds = data;
	atomic_fetch_sub(&waiting, 1);
	while (atomic_load(&waiting) > 0)
		;
	for (unsigned i = 0; i < 16; i++)
		fds[i] = dmabufs_get(bufs, &memory, i * 4096, 4096, NULL);
	return NULL;
}

static unsigned open_files(void)
{
	unsigned count = 0;
	for (int fd = 0; fd < 256; fd++)
		count += is_open(fd);
	return count;
}

static void all_threads_get_the_same(void)
{
	unsigned before = open_files();
	for (unsigned round = 0; round < 50; round++) {
		pthread_t threads[4];
		int fds[4][16];
		list_begin();
		atomic_store(&waiting, ARRAY_LEN(threads));
		for (size_t t = 0; t < ARRAY_LEN(threads); t++)
			pthread_create(&threads[t], NULL, race, fds[t]);
		for (size_t t = 0; t < ARRAY_LEN(threads); t++)
			pthread_join(threads[t], NULL);
		for (size_t t = 1; t < ARRAY_LEN(threads); t++)
			CHECK_EQ(memcmp(fds[t], fds[0], sizeof(fds[0])), 0);
		CHECK_EQ(open_files(), before + 16);
		dmabufs_unref(bufs);
		CHECK_EQ(open_files(), before);
	}
	dmabufs_unref(NULL);
	CHECK(dmabufs_ref(NULL) == NULL);
}

static const struct test_case cases[] = {
	TEST(each_buffer_of_an_oriel_has_one),
	TEST(each_buffer_of_a_plain_guest_has_one),
	TEST(nobody_asks_nothing_is_made),
	TEST(they_go_with_the_session_and_its_last_frame),
	TEST(a_picture_may_start_inside_a_page),
	TEST(what_is_wrong_is_said),
	TEST(there_is_room_to_grow),
	TEST(just_what_is_needed_where_more_is_too_much),
	TEST(a_guest_cannot_have_any_number),
	TEST(all_threads_get_the_same),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
