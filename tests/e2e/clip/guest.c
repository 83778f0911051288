/* In the guest: a SPICE agent that does what lines from the console say. Numbers of selections and
 * types are SPICE's.
 *
 *	caps BITS                      tells the viewer's side what it can
 *	copy SELECTION TYPE SIZE       has that, and says so; SIZE -1: but does not give it,
 *	                               -2: nor answers
 *	release SELECTION
 *	paste SELECTION TYPE           asks for the other side's
 *	files take|refuse|hold         what to do with those that come: hold: reads nothing any
 *	                               more after the first megabyte, until another word
 *
 * It says
 *
 *	agent: ready
 *	agent: caps BITS               the other side's
 *	agent: offered SELECTION TYPES as bits
 *	agent: released SELECTION
 *	agent: asked SELECTION TYPE
 *	agent: got SELECTION TYPE SIZE DIGEST
 *	agent: file SIZE NAME          is to come
 *	agent: filed SIZE DIGEST       it came
 *	agent: held SIZE               so much did, the rest waits
 *	agent: unfiled SIZE            cancelled by the other side, when so much was there
 *	agent: monitors COUNT WIDTH HEIGHT    of the last
 *	agent: volume PLAYBACK MUTED COUNT FIRST
 *	agent: done                    a line from the console
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "words.h"

enum { CHUNK = 2048, CLIENT_PORT = 1, PROTOCOL = 1, MESSAGE_MAX = 64 << 20 };
enum { CLIPBOARD = 4, CAPS = 6, GRAB, REQUEST, RELEASE, FILE_START, FILE_STATUS, FILE_DATA };
enum { MONITORS = 2, VOLUME = 15 };
enum { CAN_SEND = 0, CANCELLED = 1, FAILED = 2, SUCCESS = 3 };
enum policy { TAKE, REFUSE, HOLD };
enum { CAP_MOUSE = 0, CAP_BY_DEMAND = 5, CAP_SELECTION = 6 };

struct chunk {
	uint32_t port, size;
};

struct message {
	uint32_t protocol, type;
	uint64_t opaque;
	uint32_t size;
} __attribute__((packed));

static struct {
	int port;
	uint32_t caps;
	long has[2]; /* so many bytes of it */
	unsigned types[2];

	enum policy policy;
	int holds; /* nothing is read */
	struct {
		uint64_t size, came, digest;
	} file;

	/* The message that comes. */
	char *bytes;
	size_t used, room;

	char line[128];
	size_t length;
} agent = { .port = -1, .caps = 1u << CAP_BY_DEMAND | 1u << CAP_SELECTION };

/* ---- to the other side ---- */

static void write_all(const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t wrote = write(agent.port, at, size);

		if (wrote < 0 && errno != EINTR && errno != EAGAIN) {
			printf("agent: cannot write: %s\n", strerror(errno));
			return;
		}
		at += wrote > 0 ? wrote : 0;
		size -= wrote > 0 ? (size_t)wrote : 0;
	}
}

static void send_chunk(const void *bytes, size_t size)
{
	char out[sizeof(struct chunk) + CHUNK];

	memcpy(out, &(struct chunk){ CLIENT_PORT, (uint32_t)size }, sizeof(struct chunk));
	memcpy(out + sizeof(struct chunk), bytes, size);
	write_all(out, sizeof(struct chunk) + size);
}

/* `head` and `body` one behind the other. */
static void send_message(uint32_t type, const void *head, size_t head_size, const void *body,
			 size_t body_size)
{
	struct message message = { PROTOCOL, type, 0, (uint32_t)(head_size + body_size) };
	size_t size = sizeof(message) + head_size + body_size;
	char *all = malloc(size);

	memcpy(all, &message, sizeof(message));
	memcpy(all + sizeof(message), head, head_size);
	if (body_size)
		memcpy(all + sizeof(message) + head_size, body, body_size);
	for (size_t at = 0; at < size; at += CHUNK)
		send_chunk(all + at, size - at < CHUNK ? size - at : CHUNK);
	free(all);
}

static void send_caps(uint32_t request)
{
	uint32_t body[2] = { request, agent.caps };

	send_message(CAPS, body, sizeof(body), NULL, 0);
}

static void send_words(uint32_t selection, uint32_t type)
{
	uint32_t head[2] = { selection, agent.has[selection] < 0 ? 0 : type };
	size_t size = agent.has[selection] > 0 ? (size_t)agent.has[selection] : 0;
	char *bytes = malloc(size + 1);

	if (type == 1)
		words_text(bytes, size);
	else
		words_picture(bytes, size);
	send_message(CLIPBOARD, head, sizeof(head), bytes, size);
	free(bytes);
}

/* ---- from it ---- */

static uint32_t word(const char *bytes, size_t size, size_t index)
{
	uint32_t out = 0;

	if (size >= (index + 1) * 4)
		memcpy(&out, bytes + index * 4, 4);
	return out;
}

/* ---- files ---- */

static void tell_file(uint32_t id, uint32_t status)
{
	send_message(FILE_STATUS, (uint32_t[]){ id, status }, 8, NULL, 0);
}

static void end_file(uint32_t id)
{
	if (agent.file.came < agent.file.size)
		return;
	printf("agent: filed %llu %016llx\n", (unsigned long long)agent.file.came,
	       (unsigned long long)agent.file.digest);
	tell_file(id, SUCCESS);
}

/* Lines of a key file: name=..., size=... */
static void start_file(uint32_t id, const char *lines)
{
	const char *name = strstr(lines, "name="), *size = strstr(lines, "size=");

	agent.file.size = size ? strtoull(size + 5, NULL, 10) : 0;
	agent.file.came = 0;
	agent.file.digest = words_digest("", 0);
	printf("agent: file %llu %.*s\n", (unsigned long long)agent.file.size,
	       name ? (int)strcspn(name + 5, "\n") : 0, name ? name + 5 : "");
	tell_file(id, agent.policy == REFUSE ? FAILED : CAN_SEND);
}

static void take_file(uint32_t id, const char *bytes, uint64_t size)
{
	agent.file.digest = words_digest_more(agent.file.digest, bytes, size);
	agent.file.came += size;
	end_file(id);
	if (agent.policy != HOLD || agent.file.came < 1 << 20 || agent.holds)
		return;
	agent.holds = 1;
	printf("agent: held %llu\n", (unsigned long long)agent.file.came);
}

static void hear(const struct message *message, const char *body)
{
	uint32_t selection = word(body, message->size, 0) & 0xff;
	uint32_t type = word(body, message->size, 1);
	unsigned types = 0;

	switch (message->type) {
	case CAPS:
		printf("agent: caps %x\n", type);
		if (selection)
			send_caps(0);
		break;
	case GRAB:
		for (size_t i = 1; i < message->size / 4; i++)
			types |= 1u << (word(body, message->size, i) & 31);
		printf("agent: offered %u %x\n", selection, types);
		break;
	case RELEASE:
		printf("agent: released %u\n", selection);
		break;
	case REQUEST:
		printf("agent: asked %u %u\n", selection, type);
		if (selection < 2 && agent.has[selection] != -2)
			send_words(selection, type);
		break;
	case MONITORS: /* each: height, width, depth, x, y */
		printf("agent: monitors %u %u %u\n", word(body, message->size, 0),
		       word(body, message->size, 5 * word(body, message->size, 0) - 2),
		       word(body, message->size, 5 * word(body, message->size, 0) - 3));
		break;
	case VOLUME:
		printf("agent: volume %u %u %u %u\n", body[0] & 0xff, body[1] & 0xff,
		       body[2] & 0xff, (body[3] & 0xff) | (body[4] & 0xff) << 8);
		break;
	case FILE_START:
		start_file(word(body, message->size, 0), body + 4);
		break;
	case FILE_DATA:
		take_file(word(body, message->size, 0), body + 12, message->size - 12);
		break;
	case FILE_STATUS:
		printf("agent: unfiled %llu\n", (unsigned long long)agent.file.came);
		break;
	case CLIPBOARD:
		printf("agent: got %u %u %u %016llx\n", selection, type, message->size - 8,
		       (unsigned long long)words_digest(body + 8, message->size - 8));
		break;
	}
}

static void hear_bytes(const char *bytes, size_t size)
{
	struct message message;

	if (agent.used + size > agent.room) {
		agent.room = (agent.used + size) * 2;
		agent.bytes = realloc(agent.bytes, agent.room);
	}
	memcpy(agent.bytes + agent.used, bytes, size);
	agent.used += size;
	while (agent.used >= sizeof(message)) {
		memcpy(&message, agent.bytes, sizeof(message));
		size_t whole = sizeof(message) + message.size;
		if (message.size > MESSAGE_MAX || agent.used < whole)
			return;
		hear(&message, agent.bytes + sizeof(message));
		memmove(agent.bytes, agent.bytes + whole, agent.used - whole);
		agent.used -= whole;
	}
}

/* False: nobody is at the other end. */
static int read_all(void *bytes, size_t size)
{
	char *at = bytes;

	while (size > 0) {
		ssize_t got = read(agent.port, at, size);

		if (got <= 0 && errno != EINTR)
			return 0;
		at += got > 0 ? got : 0;
		size -= got > 0 ? (size_t)got : 0;
	}
	return 1;
}

static void read_port(void)
{
	static char bytes[CHUNK];
	struct chunk chunk;

	errno = 0;
	if (!read_all(&chunk, sizeof(chunk))) {
		usleep(50000);
		return;
	}
	if (chunk.size <= sizeof(bytes) && read_all(bytes, chunk.size))
		hear_bytes(bytes, chunk.size);
}

/* ---- the console ---- */

static void copy(unsigned selection, unsigned type, long size)
{
	uint32_t body[2] = { selection, type };

	agent.has[selection & 1] = size;
	send_message(GRAB, body, sizeof(body), NULL, 0);
}

static void obey(const char *line)
{
	unsigned a, b;
	long c;

	if (sscanf(line, "caps %x", &a) == 1) {
		agent.caps = a;
		send_caps(0);
	} else if (sscanf(line, "copy %u %u %ld", &a, &b, &c) == 3) {
		copy(a, b, c);
	} else if (strncmp(line, "files ", 6) == 0) {
		agent.policy = line[6] == 'h' ? HOLD : line[6] == 'r' ? REFUSE : TAKE;
		agent.holds = 0;
	} else if (sscanf(line, "release %u", &a) == 1) {
		send_message(RELEASE, &(uint32_t){ a }, 4, NULL, 0);
	} else if (sscanf(line, "paste %u %u", &a, &b) == 2) {
		send_message(REQUEST, (uint32_t[]){ a, b }, 8, NULL, 0);
	} else {
		return;
	}
	printf("agent: done\n");
}

static void read_console(void)
{
	char bytes[128];
	ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < got; i++) {
		if (bytes[i] != '\n' && agent.length + 1 < sizeof(agent.line)) {
			agent.line[agent.length++] = bytes[i];
			continue;
		}
		agent.line[agent.length] = '\0';
		agent.length = 0;
		obey(agent.line);
	}
}

static void open_port(void)
{
	for (int i = 0; i < 1000 && agent.port < 0; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/dev/vport%dp1", i % 4);
		agent.port = open(path, O_RDWR | O_CLOEXEC);
		if (agent.port < 0)
			usleep(20000);
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_port();
	if (agent.port < 0) {
		printf("agent: no port: %s\n", strerror(errno));
		return 1;
	}
	send_caps(1);
	printf("agent: ready\n");
	for (;;) {
		struct pollfd wait[2] = { { .fd = agent.port, .events = POLLIN },
					  { .fd = STDIN_FILENO, .events = POLLIN } };

		if (agent.holds)
			wait[0].fd = -1;
		poll(wait, 2, 1000);
		if (wait[1].revents & POLLIN)
			read_console();
		if (wait[0].revents & POLLIN)
			read_port();
		else if (wait[0].revents)
			usleep(50000);
	}
}
