/* A network interface of a machine's own, on top of one of this computer's. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/helper/allow.h"
#include "vm/helper/hooks.h"
#include "vm/helper/place.h"
#include "vm/helper/steps.h"

/* ---- asking the kernel ---- */

struct request {
	struct nlmsghdr header;
	struct ifinfomsg link;
	char attributes[256];
};

static struct rtattr *add(struct request *self, unsigned short type, const void *data, size_t size)
{
	struct rtattr *attribute = (struct rtattr *)((char *)self +
						     NLMSG_ALIGN(self->header.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attribute), data, size);
	self->header.nlmsg_len = NLMSG_ALIGN(self->header.nlmsg_len) +
				 RTA_ALIGN(attribute->rta_len);
	return attribute;
}

/* What was added since is within. */
static void close_nest(struct request *self, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)self + self->header.nlmsg_len - (char *)nest);
}

static struct request make(unsigned short type, unsigned short flags, int index)
{
	return (struct request){
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			    .nlmsg_type = type,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags },
		.link = { .ifi_index = index },
	};
}

static int send_request(struct request *self)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[1024];
	} answer;
	struct pollfd socket_ready = { .events = POLLIN };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), result = -ETIMEDOUT;

	if (fd < 0)
		return -errno;
	socket_ready.fd = fd;
	hook_step();
	if (send(fd, self, self->header.nlmsg_len, 0) < 0)
		result = -errno;
	else if (poll(&socket_ready, 1, 5000) == 1 &&
		 recv(fd, &answer, sizeof(answer), 0) >= (ssize_t)sizeof(answer.header) + 4 &&
		 answer.header.nlmsg_type == NLMSG_ERROR)
		result = answer.error.error;
	close(fd);
	hook_step();
	return result;
}

static int create(const char *name, unsigned below, const unsigned char mac[6])
{
	struct request request = make(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	uint32_t mode = MACVLAN_MODE_BRIDGE;

	request.link.ifi_flags = request.link.ifi_change = IFF_UP;
	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	add(&request, IFLA_LINK, &below, sizeof(below));
	add(&request, IFLA_ADDRESS, mac, 6);
	struct rtattr *info = add(&request, IFLA_LINKINFO, NULL, 0);
	add(&request, IFLA_INFO_KIND, "macvtap", 7);
	struct rtattr *data = add(&request, IFLA_INFO_DATA, NULL, 0);
	add(&request, IFLA_MACVLAN_MODE, &mode, sizeof(mode));
	close_nest(&request, data);
	close_nest(&request, info);
	return send_request(&request);
}

/* ---- the step ---- */

/* udev or the kernel makes it, a moment later. */
static int give_node(const char *path, uid_t uid)
{
	struct stat status;
	int fd = -1;

	for (int tries = 0; fd < 0 && tries < 50; tries++) {
		fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			poll(NULL, 0, 20);
	}
	if (fd < 0)
		return -errno;
	int result = fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) ? 0 : -ENOTTY;
	if (result == 0 && fchownat(fd, "", uid, (gid_t)-1, AT_EMPTY_PATH) != 0)
		result = -errno;
	close(fd);
	return result;
}

static int check(const char *below, const char *name, struct err *err)
{
	struct allow allow;
	int result = allow_load(&allow, err);

	if (result != 0)
		return result;
	if (!allow_interface(&allow, below))
		return err_set(err, -EPERM,
			       "%s may not be shared: allow it with `oriel gpu allow %s`", below,
			       below);
	if (!if_nametoindex(below))
		return err_set(err, -ENODEV, "this computer has no network interface %s", below);
	if (if_nametoindex(name))
		return err_set(err, -EEXIST, "there is a network interface %s already", name);
	return 0;
}

STEP(step_macvtap)
{
	const char *below = words[0], *name = words[1];
	unsigned char mac[6];
	char path[PLACE_LENGTH];
	int result = check(below, name, err);

	if (result == 0)
		result = journal_note(&self->journal, UNDO_MACVTAP,
				      (const char *[VERB_WORDS]){ name }, err);
	if (result != 0)
		return result;
	sscanf(words[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
	       &mac[4], &mac[5]);
	result = create(name, if_nametoindex(below), mac);
	if (result != 0)
		return err_set_errno(err, result, "a macvtap %s on %s", name, below);
	snprintf(value, WORD_LENGTH, "/dev/tap%u", if_nametoindex(name));
	place(path, "%s", value);
	result = give_node(path, self->caller.uid);
	return result ? err_set_errno(err, result, "%s", value) : 0;
}

/* Another's interface may have that name by now. */
UNDO(undo_macvtap)
{
	unsigned index = if_nametoindex(self->words[0]);

	if (!index || !place_is("/sys/class/net/%s/macvtap", self->words[0]))
		return 0;
	struct request request = make(RTM_DELLINK, 0, (int)index);
	int result = send_request(&request);
	return result ? err_set_errno(err, result, "the macvtap %s", self->words[0]) : 0;
}
