/* Everything at once: a guest that posts as fast as it can, restarts, resizes and now and then
 * never finishes a frame; a program that refreshes, hides, keeps frames and drops them on other
 * threads. Under the thread sanitizer this is the test of the hand-overs. */
#include "base/mailbox.h"
#include "rig.h"

#define STORM_NS (3 * NS_PER_S)
#define CLAIMS   16

static struct guest guest;
static struct watcher watcher;
static atomic_bool over;
static struct mailbox drops[CLAIMS]; /* frames on their way to the thread that drops them */
static _Atomic uint64_t dropped, torn;

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

static void post_some(uint64_t *random)
{
	for (uint32_t n = next_random(random) % 200; n > 0 && !atomic_load(&over); n--) {
		struct rect damage = { next_random(random) % 300, next_random(random) % 190, 9, 7 };
		guest_publish(&guest, n % 3 ? &damage : NULL);
		if (n % 50)
			guest_fill(&guest, guest.image.data_height);
		else if (n % 100)
			guest_abandon(&guest);
		wire_producer_flush(guest.producer);
		guest_point(&guest, (int32_t)n, 0);
		if (n % 4 == 0)
			clock_sleep(NS_PER_MS);
	}
}

static void *be_the_guest(void *data)
{
	uint64_t random = 1;
	(void)data;
	while (!atomic_load(&over)) {
		guest.extend = next_random(&random) % 4;
		guest_start(&guest, next_random(&random) % 2 ? "Oriel storm" : "B7");
		guest_resize(&guest, 200 + next_random(&random) % 120, 200);
		post_some(&random);
		clock_sleep(next_random(&random) % 400 * NS_PER_MS);
		post_some(&random);
		guest_stop(&guest, next_random(&random) % 2);
	}
	return NULL;
}

static void *drop_frames(void *data)
{
	uint64_t random = 2;
	(void)data;
	while (!atomic_load(&over)) {
		struct oriel_frame *frame = mailbox_take(&drops[next_random(&random) % CLAIMS]);
		if (frame && !oriel_frame_held(frame))
			atomic_fetch_add(&torn, 1);
		if (frame)
			atomic_fetch_add(&dropped, 1);
		oriel_frame_unref(frame);
		clock_sleep(200 * NS_PER_US);
	}
	return NULL;
}

static void do_something(uint64_t *random)
{
	uint32_t what = next_random(random);
	if (what % 16 == 0)
		oriel_refresh(watcher.oriel);
	if (what % 64 < 8)
		oriel_watch(watcher.oriel, what % 64 > 1);
	if (what % 8 == 0)
		oriel_set_cursor(watcher.oriel, (int32_t)what, 1);
	if (what % 32 == 3)
		oriel_want(watcher.oriel, what, what >> 8, 120, 60000);
	if (watcher.frame) {
		oriel_frame_submitted(watcher.frame, clock_ns());
		oriel_frame_presented(watcher.frame, clock_ns());
		struct oriel_frame *gone = mailbox_put(&drops[what % CLAIMS], watcher.frame);
		watcher.frame = NULL;
		oriel_frame_unref(gone);
	}
	if (what % 512 == 1) {
		oriel_close(watcher.oriel);
		watcher_open(&watcher, &guest, what % 1024 == 1);
		watcher.hold = true;
	}
}

static void everything_at_once(void)
{
	pthread_t threads[2];
	uint64_t random = 3, end = clock_ns() + STORM_NS, frames = 0;
	struct guest idle = { 0 };
	guest_extend(&guest, false);
	watcher_open(&watcher, &guest, false);
	watcher.hold = true;
	CHECK_EQ(pthread_create(&threads[0], NULL, be_the_guest, NULL), 0);
	CHECK_EQ(pthread_create(&threads[1], NULL, drop_frames, NULL), 0);
	while (clock_ns() < end) {
		watcher.guest = &idle;
		unsigned before = watcher.frames;
		watcher_for(&watcher, NS_PER_MS);
		frames += watcher.frames - before;
		do_something(&random);
	}
	atomic_store(&over, true);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < CLAIMS; i++)
		oriel_frame_unref(mailbox_take(&drops[i]));
	watcher_close(&watcher);
	guest_finish(&guest);
	printf("# %u frames seen, %u dropped elsewhere, %u of them no longer held\n",
	       (unsigned)frames, (unsigned)atomic_load(&dropped), (unsigned)atomic_load(&torn));
	CHECK(frames > 20);
	CHECK(atomic_load(&dropped) > 0);
}

static const struct test_case cases[] = {
	TEST(everything_at_once),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
