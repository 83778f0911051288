/* A hostile process at the other end of a link, heard by either side's table.
 *
 * The first byte: bit 0 chooses the side. Each packet is a byte (bits 0-5: length in steps of 4,
 * 63 is much too long; bits 6-7: descriptors, 3 means more than there may be) and then its bytes.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "link/spice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static int lowest_free_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void say(int socket, const uint8_t *bytes, size_t length, unsigned fds)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(9 * sizeof(int))];
	} control = { 0 };
	static uint8_t much[LINK_BODY_MAX + 64];
	struct iovec io = { (void *)bytes, length };
	struct msghdr header = { .msg_iov = &io, .msg_iovlen = 1 };

	fds = fds == 3 ? 9 : fds;
	if (length == 63 * 4)
		io = (struct iovec){ much, sizeof(much) };
	if (fds) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		control.header.cmsg_len = CMSG_LEN(fds * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		for (unsigned i = 0; i < fds; i++)
			memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &socket, sizeof(int));
	}
	sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* What is handed out has the shape of its row. */
static void check(const struct link_table *table, const struct link_message *message)
{
	must(message->type < table->count);
	const struct link_kind *kind = &table->kinds[message->type];
	must(kind->name && message->fd_count == kind->fds);
	must(((uintptr_t)message->body & 7) == 0);
	must(strlen(message->text) < (kind->text_max ? kind->text_max : 1u));
	uint8_t copy[LINK_BODY_MAX];
	memcpy(copy, message->body, kind->size);
	if (kind->merge)
		kind->merge(copy, message->body);
}

static void hear_all(struct link *link, const struct link_table *table)
{
	struct link_message *message;
	struct err err = { 0 };
	int result;

	while ((result = link_receive(link, &message, &err)) == 0)
		check(table, message);
	must(result == LINK_E_EMPTY || (err.code == result && err.text[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int before = lowest_free_fd(), ends[2];
	struct link *link = NULL;

	if (size == 0)
		return 0;
	const struct link_table *hears = *data & 1 ? &link_spice_asks : &link_spice_tells;
	const struct link_table *says = *data & 1 ? &link_spice_tells : &link_spice_asks;
	data++, size--;
	must(link_pair(ends) == 0);
	must(link_create(&link, ends[0], says, hears) == 0);
	while (size > 0) {
		uint8_t head = *data++;
		size_t length = min_u64((head & 63) * 4u, --size);

		say(ends[1], data, length, head >> 6);
		data += length;
		size -= length;
		hear_all(link, hears);
	}
	close(ends[1]);
	hear_all(link, hears);
	link_destroy(link);
	must(lowest_free_fd() == before);
	return 0;
}
