#include "link/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/spice.h"
#include "test.h"

enum { FDS = 1, LONGEST = 2 };

static const struct link_kind rows[] = {
	[FDS] = { "fds", .size = 8, .fds = 2 },
	[LONGEST] = { "longest", .size = 8, .text_max = LINK_BODY_MAX - 8 },
};
static const struct link_table table = { rows, ARRAY_LEN(rows) };

static struct link *near, *far;
static int raw; /* where there is no `far` */

static void open_pair(const struct link_table *says)
{
	int ends[2];

	link_destroy(near), link_destroy(far);
	near = far = NULL;
	CHECK_EQ(link_pair(ends), 0);
	CHECK_EQ(link_create(&near, ends[0], says, &link_spice_tells), 0);
	CHECK_EQ(link_create(&far, ends[1], &link_spice_tells, says), 0);
}

/* The other end is the test itself. */
static void open_raw(const struct link_table *hears)
{
	int ends[2];

	link_destroy(near), link_destroy(far);
	near = far = NULL;
	if (raw > 0)
		close(raw);
	CHECK_EQ(link_pair(ends), 0);
	CHECK_EQ(link_create(&near, ends[0], &link_spice_asks, hears), 0);
	raw = ends[1];
}

static int lowest_free_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static struct link_message *expect(uint32_t type)
{
	struct link_message *message = NULL;
	struct err err = { 0 };
	int result = link_receive(far, &message, &err);

	if (result != 0)
		test_fail("link_receive() gave %d: %s", result, err.text);
	CHECK_EQ(message->type, type);
	return message;
}

static void bodies_and_texts_arrive(void)
{
	struct link_spice_key key = { 30, 1 };
	struct link_spice_open open = { LINK_SPICE_VERSION };
	struct link_message *message = NULL;

	open_pair(&link_spice_asks);
	CHECK_EQ(link_receive(far, &message, NULL), LINK_E_EMPTY);
	CHECK_EQ(link_send(near, LINK_SPICE_KEY, &key, NULL, NULL), 0);
	CHECK_EQ(link_send(near, LINK_SPICE_OPEN, &open, "localhost:5900", NULL), 0);
	CHECK_EQ(link_send(near, LINK_SPICE_RELEASE, NULL, NULL, NULL), 0);
	CHECK_EQ(memcmp(expect(LINK_SPICE_KEY)->body, &key, sizeof(key)), 0);
	message = expect(LINK_SPICE_OPEN);
	CHECK_EQ(memcmp(message->body, &open, sizeof(open)), 0);
	CHECK_STR(message->text, "localhost:5900");
	CHECK_STR(expect(LINK_SPICE_RELEASE)->text, "");
	CHECK_EQ(link_receive(far, &message, NULL), LINK_E_EMPTY);
}

static void the_longest_text_arrives(void)
{
	char text[LINK_BODY_MAX];
	uint64_t body = 7;

	open_pair(&table);
	memset(text, 'x', sizeof(text));
	text[LINK_BODY_MAX - 8 - 1] = '\0';
	CHECK_EQ(link_send(near, LONGEST, &body, text, NULL), 0);
	CHECK_STR(expect(LONGEST)->text, text);
	text[LINK_BODY_MAX - 8 - 1] = 'x';
	text[LINK_BODY_MAX - 8] = '\0';
	CHECK_EQ(link_send(near, LONGEST, &body, text, NULL), -EINVAL);
	CHECK_EQ(link_receive(far, &(struct link_message *){ 0 }, NULL), LINK_E_EMPTY);
}

static void descriptors_arrive_and_are_closed(void)
{
	int before, fds[2], taken;
	uint64_t body = 1;

	open_pair(&table);
	before = lowest_free_fd();
	fds[0] = memfd_create("a", MFD_CLOEXEC), fds[1] = memfd_create("b", MFD_CLOEXEC);
	CHECK_EQ(write(fds[1], "second", 6), 6);
	CHECK_EQ(link_send(near, FDS, &body, NULL, fds), 0);
	close(fds[0]), close(fds[1]);
	struct link_message *message = expect(FDS);
	char text[8] = "";
	CHECK_EQ(message->fd_count, 2);
	CHECK_EQ(pread(message->fds[1], text, 6, 0), 6);
	CHECK_STR(text, "second");
	CHECK(fcntl(message->fds[1], F_GETFD) & FD_CLOEXEC);
	taken = message->fds[0];
	message->fds[0] = -1;
	CHECK_EQ(link_receive(far, &message, NULL), LINK_E_EMPTY);
	CHECK(fcntl(taken, F_GETFD) >= 0);
	close(taken);
	CHECK_EQ(lowest_free_fd(), before);
}

/* As much as fits into the socket and the queue. */
static int fill(uint32_t type, const void *body, const int *fds, unsigned *sent)
{
	int result = 0;

	for (*sent = 0; result == 0 && *sent < 100000; *sent += result == 0)
		result = link_send(near, type, body, NULL, fds);
	return result;
}

static void a_slow_reader_is_given_up(void)
{
	struct link_spice_key key = { 30, 1 };
	unsigned sent, read = 0;

	open_pair(&link_spice_asks);
	CHECK_EQ(fill(LINK_SPICE_KEY, &key, NULL, &sent), -ENOBUFS);
	CHECK_EQ(link_waiting(near), LINK_QUEUE_MAX);
	CHECK(sent > LINK_QUEUE_MAX);
	CHECK_EQ(link_send(near, LINK_SPICE_KEY, &key, NULL, NULL), -ENOBUFS);
	struct link_message *message;
	while (link_receive(far, &message, NULL) == 0)
		read++;
	CHECK_EQ(read + LINK_QUEUE_MAX, sent);
	CHECK_EQ(link_flush(near), -ENOBUFS); /* for good */
}

static void what_waits_arrives_in_order(void)
{
	unsigned sent = 0, read = 0;
	struct link_message *message;

	open_pair(&link_spice_asks);
	for (; link_waiting(near) < 9; sent++) {
		struct link_spice_key key = { sent, 1 };
		CHECK_EQ(link_send(near, LINK_SPICE_KEY, &key, NULL, NULL), 0);
	}
	while (read < sent) {
		while (link_receive(far, &message, NULL) == 0)
			CHECK_EQ(((struct link_spice_key *)message->body)->code, read++);
		CHECK_EQ(link_flush(near), 0);
	}
	CHECK_EQ(link_waiting(near), 0);
}

static void motion_adds_up_while_it_waits(void)
{
	struct link_spice_motion step = { 3, -2 };
	struct link_spice_key key = { 30, 1 };
	struct link_message *message;
	int64_t x = 0, y = 0, keys = 0, messages = 0, after = 0;

	open_pair(&link_spice_asks);
	for (unsigned i = 0; i < 100000; i++)
		CHECK_EQ(link_send(near, LINK_SPICE_MOTION, &step, NULL, NULL), 0);
	CHECK_EQ(link_waiting(near), 1);
	CHECK_EQ(link_send(near, LINK_SPICE_KEY, &key, NULL, NULL), 0);
	CHECK_EQ(link_send(near, LINK_SPICE_MOTION, &step, NULL, NULL), 0);
	CHECK_EQ(link_waiting(near), 3); /* never past another message */
	while (!after) {
		while (link_receive(far, &message, NULL) == 0) {
			const struct link_spice_motion *got = message->body;

			messages++;
			after = keys;
			if (message->type == LINK_SPICE_KEY)
				keys++;
			else
				x += got->x, y += got->y;
		}
		CHECK_EQ(link_flush(near), 0);
	}
	CHECK(messages < 5000);
	CHECK_EQ(x, 100001 * 3);
	CHECK_EQ(y, -100001 * 2);
}

static void sums_do_not_wrap(void)
{
	struct link_spice_motion most = { INT32_MAX, 0 };
	unsigned sent;

	open_pair(&link_spice_asks);
	CHECK_EQ(fill(LINK_SPICE_MOTION, &most, NULL, &sent), -ENOBUFS);
}

/* Those in the queue are the link's own: the caller's may be closed. */
static void count(void *data, struct link_message *message)
{
	(void)message;
	++*(unsigned *)data;
}

static bool is_due(const struct link *link)
{
	return poll(&(struct pollfd){ .fd = link_fd(link), .events = POLLIN }, 1, 0) == 1;
}

/* Who waits for one descriptor and takes turns needs nothing else, and is not woken for nothing. */
static void turns_do_it_all(void)
{
	struct link_spice_key key = { 30, 1 };
	unsigned sent, more, heard = 0, turns = 0;
	struct err err = { 0 };

	open_pair(&link_spice_asks);
	CHECK(!is_due(near) && !is_due(far));
	for (sent = 0; link_waiting(near) < 200; sent++)
		CHECK_EQ(link_send(near, LINK_SPICE_KEY, &key, NULL, NULL), 0);
	CHECK(!is_due(near)); /* there is no room yet */
	for (; is_due(far); turns++) {
		CHECK_EQ(link_turn(far, count, &heard, &err), 0);
		if (is_due(near))
			CHECK_EQ(link_turn(near, count, &more, &err), 0);
	}
	CHECK_EQ(heard, sent);
	CHECK(turns > 2); /* nobody takes all in one */
	CHECK_EQ(link_waiting(near), 0);
	CHECK(!is_due(near));
	link_destroy(far);
	far = NULL;
	CHECK(is_due(near));
	CHECK_EQ(link_turn(near, count, &more, &err), -ECONNRESET);
}

/* Nobody else has to look at what link_send() answers. */
static void a_turn_tells_what_broke(void)
{
	struct link_spice_key key = { 30, 1 };
	unsigned sent, heard = 0;
	struct err err = { 0 };

	open_pair(&link_spice_asks);
	CHECK_EQ(fill(LINK_SPICE_KEY, &key, NULL, &sent), -ENOBUFS);
	CHECK(is_due(near));
	CHECK_EQ(link_turn(near, count, &heard, &err), -ENOBUFS);
	CHECK_CONTAINS(err.text, "takes no more");
	while (link_turn(far, count, &heard, &err) == 0)
		;
	CHECK_EQ(heard + LINK_QUEUE_MAX, sent); /* what it had taken */
}

static void queued_descriptors_do_not_leak(void)
{
	int before = lowest_free_fd(), fd = memfd_create("a", MFD_CLOEXEC);
	uint64_t body = 1;

	open_pair(&table);
	while (link_waiting(near) < 5)
		CHECK_EQ(link_send(near, FDS, &body, NULL, (int[]){ fd, fd }), 0);
	close(fd);
	expect(FDS);
	link_destroy(near);
	link_destroy(far);
	near = far = NULL;
	CHECK(lowest_free_fd() <= before);
}

static void the_end_of_the_other_is_told(void)
{
	struct link_message *message;
	struct err err = { 0 };
	struct link_spice_key key = { 30, 1 };

	open_pair(&link_spice_asks);
	CHECK_EQ(link_send(near, LINK_SPICE_KEY, &key, NULL, NULL), 0);
	link_destroy(near);
	near = NULL;
	expect(LINK_SPICE_KEY); /* what it said before counts */
	CHECK_EQ(link_receive(far, &message, &err), -ECONNRESET);
	CHECK_CONTAINS(err.text, "ended");
	struct link_spice_lamps lamps = { 2 };
	CHECK_EQ(link_send(far, LINK_SPICE_LEDS, &lamps, NULL, NULL), -EPIPE);
}

static void nonsense_is_not_handed_out(void)
{
	static const struct {
		const char *text;
		uint32_t words[4];
		size_t size;
	} wrong[] = {
		{ "is no message", { 0 }, 3 },
		{ "is no message", { LINK_SPICE_LEDS, 1, 0 }, 12 },
		{ "unknown type", { LINK_SPICE_TELL_COUNT, 0 }, 8 },
		{ "unknown type", { UINT32_MAX, 0 }, 8 },
		{ "another length", { LINK_SPICE_LEDS, 0 }, 8 },
		{ "another length", { LINK_SPICE_LEDS, 0, 0, 0 }, 16 },
		{ "another length", { LINK_SPICE_STATE, 0, 0 }, 12 },
		{ "without an end", { LINK_SPICE_STATE, 0, 0, 0x61626364 }, 16 },
		{ "without an end", { LINK_SPICE_STATE, 0, 0, 0x00610061 }, 16 },
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct link_message *message = NULL;
		struct err err = { 0 };

		open_raw(&link_spice_tells);
		CHECK_EQ(send(raw, wrong[i].words, wrong[i].size, 0), wrong[i].size);
		CHECK_EQ(link_receive(near, &message, &err), -EPROTO);
		CHECK(!message);
		CHECK_CONTAINS(err.text, wrong[i].text);
	}
}

static void a_packet_too_long_is_no_message(void)
{
	static char much[LINK_BODY_MAX + 64];
	struct err err = { 0 };

	open_raw(&link_spice_tells);
	CHECK_EQ(send(raw, much, sizeof(much), 0), sizeof(much));
	CHECK_EQ(link_receive(near, &(struct link_message *){ 0 }, &err), -EPROTO);
	CHECK_CONTAINS(err.text, "is no message");
}

static const struct test_case cases[] = {
	TEST(bodies_and_texts_arrive),
	TEST(the_longest_text_arrives),
	TEST(descriptors_arrive_and_are_closed),
	TEST(a_slow_reader_is_given_up),
	TEST(what_waits_arrives_in_order),
	TEST(motion_adds_up_while_it_waits),
	TEST(sums_do_not_wrap),
	TEST(turns_do_it_all),
	TEST(a_turn_tells_what_broke),
	TEST(queued_descriptors_do_not_leak),
	TEST(the_end_of_the_other_is_told),
	TEST(nonsense_is_not_handed_out),
	TEST(a_packet_too_long_is_no_message),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	link_destroy(near);
	link_destroy(far);
	return status;
}
