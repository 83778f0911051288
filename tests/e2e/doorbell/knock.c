/* A program on the host wakes oriel-guest in a machine: server, machine and guest program are the
 * real ones, and the guest's kernel is a distribution's. What is measured is a whole answer: a
 * question is written, the guest is rung (or not), and its answer stands in the memory. */
#include "rig.h"

#include "base/thread.h"
#include "oriel/oriel.h"
#include "wire/consumer.h"
#include "wire/ext_area.h"

#define IOMMU           "-device intel-iommu,intremap=on"
#define BY_VFIO         "oriel-guest --verbose --stats --memory=vfio: --capture=pattern:640x480@10"
#define BY_ITSELF       "oriel-guest --verbose --stats --capture=pattern:640x480@10"
#define CALM_NS         (130 * NS_PER_MS) /* after that the guest looks rarely again */
#define ANSWERS         150
#define ANSWERS_BY_LOOK 25

/* One who looks, from outside of the machine. */
struct host {
	struct ivshmem_peer *peer;
	struct shm *shm;
	struct wire_consumer *wire;
	const struct wire_session *session;
	struct ext_head *head;
	struct ext_common *common;
	struct ext_block *block; /* ours */
	uint32_t questions;
};

/* ---- the guest ---- */

/* What it has said so far. */
static const char *serial(void)
{
	static char text[65536];
	char path[96];

	snprintf(path, sizeof(path), "%s/serial", work);
	FILE *file = fopen(path, "re");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	if (file)
		fclose(file);
	text[length] = '\0';
	return text;
}

static void print_serial(void)
{
	char *text = strdup(serial());

	for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n"))
		if (strstr(line, "init:") || strstr(line, "oriel-guest"))
			printf("# guest: %s\n", line);
	free(text);
}

/* The most that a line of its --stats tells; *sum is of all lines. */
static unsigned long most_knocks(unsigned long *sum)
{
	unsigned long most = 0;

	*sum = 0;

	for (const char *at = serial(); (at = strstr(at, " knocks ")); at++) {
		unsigned long knocks = strtoul(at + strlen(" knocks "), NULL, 10);
		most = knocks > most ? knocks : most;
		*sum += knocks;
	}
	return most;
}

/* ---- the host ---- */

static void tend(struct host *host)
{
	greet(host->peer);
	wire_consumer_check(host->wire, clock_ns(), &host->session);
}

static void begin(struct host *host, const char *devices, const char *append, const char *command)
{
	memset(host, 0, sizeof(*host));
	make_guest("vfio");
	start_server();
	host->peer = join_server(&host->shm);
	start_machine(devices, append, command);
	CHECK_EQ(wire_consumer_create(&host->wire, host->shm->base, host->shm->size, &err), 0);
	wire_consumer_extend(host->wire, (const uint8_t[16]){ 1 }); /* not the guest's kernel */
	for (uint64_t until = clock_ns() + BOOT_NS;
	     !host->session || host->session->state != WIRE_LIVE; clock_sleep(NS_PER_MS)) {
		if (clock_ns() > until || machine == 0)
			print_serial();
		CHECK(clock_ns() < until);
		check_machine();
		tend(host);
	}
	print_serial();
	CHECK(host->session->extended && !host->session->futex);
}

static void finish(struct host *host)
{
	wire_consumer_destroy(host->wire);
	shm_close(host->shm);
	ivshmem_peer_destroy(host->peer);
	end(&machine, SIGKILL);
}

/* Where the area lies is the producer's to say, but in this memory there is one place for it. */
static void claim(struct host *host)
{
	uint8_t *area = (uint8_t *)host->shm->base + host->shm->size - 4259840;

	CHECK_EQ(wire_consumer_subscribe(host->wire, WIRE_QUEUE_POINTER), 0);
	host->head = (struct ext_head *)area;
	CHECK_EQ(host->head->magic, EXT_MAGIC);
	host->common = (struct ext_common *)(area + host->head->common);
	CHECK_EQ(host->common->claimed, 1);
	host->block = (struct ext_block *)(area + host->head->blocks.at);
}

static void ring(struct host *host)
{
	atomic_fetch_add(&host->common->knock, 1);
	CHECK_EQ(ivshmem_peer_ring(host->peer, host->session->peer, 0), 0);
}

/* Nanoseconds from a question to its answer. */
static uint64_t ask_once(struct host *host, bool ringing)
{
	uint64_t question = (atomic_load(&host->block->hold) & ~(uint64_t)UINT32_MAX) |
			    (++host->questions & 0xffffff);
	uint64_t begun = clock_ns();

	atomic_store(&host->block->ask, question);
	if (ringing)
		ring(host);
	while (atomic_load(&host->head->clock.answer) != question) {
		if (clock_ns() - begun > PATIENCE_NS) {
			print_serial();
			test_fail("question %u is not answered", host->questions);
		}
		clock_sleep(10 * NS_PER_US);
	}
	return clock_ns() - begun;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median of `count`, with `pause_ns` between them. */
static uint64_t measure(struct host *host, const char *what, bool ringing, unsigned count,
			uint64_t pause_ns)
{
	uint64_t took[ANSWERS];

	for (unsigned i = 0; i < count; i++) {
		clock_sleep(pause_ns + i % 7 * NS_PER_MS);
		tend(host);
		took[i] = ask_once(host, ringing);
	}
	qsort(took, count, sizeof(took[0]), compare);
	printf("# %s, question -> answer, us: min %" PRIu64 " p50 %" PRIu64 " p95 %" PRIu64
	       " p99 %" PRIu64 " max %" PRIu64 " (n=%u)\n",
	       what, (uint64_t)(took[0] / NS_PER_US), (uint64_t)(took[count / 2] / NS_PER_US),
	       (uint64_t)(took[count * 95 / 100] / NS_PER_US),
	       (uint64_t)(took[count * 99 / 100] / NS_PER_US),
	       (uint64_t)(took[count - 1] / NS_PER_US), count);
	return took[count / 2];
}

/* ---- cases ---- */

static void knocks_are_heard(struct host *host)
{
	CHECK(host->session->has_peer);
	CHECK(ivshmem_peer_find(host->peer, host->session->peer));
	CHECK(host->session->peer != ivshmem_peer_id(host->peer));
	claim(host);
	uint64_t looked = measure(host, "found by a look", false, figures(7, ANSWERS_BY_LOOK),
				  CALM_NS);
	uint64_t rung = measure(host, "woken by a knock", true, figures(50, ANSWERS),
				5 * NS_PER_MS);
	CHECK(looked > 10 * NS_PER_MS);
	CHECK(rung * 4 < looked);
}

static void a_host_wakes_the_guest_program(void)
{
	struct host host;

	begin(&host, IOMMU, "intel_iommu=on", BY_VFIO);
	knocks_are_heard(&host);
	finish(&host);
}

/* Found without being told: sysfs is denied, so vfio-pci it is. */
static void and_under_lockdown(void)
{
	struct host host;

	begin(&host, IOMMU, "intel_iommu=on lockdown=integrity", BY_ITSELF);
	knocks_are_heard(&host);
	finish(&host);
}

/* libvirt puts the device behind a bridge, into one IOMMU group with that. */
static void and_where_libvirt_puts_the_device(void)
{
	struct host host;

	make_guest("vfio");
	size_t length = strlen(chardev);
	snprintf(chardev + length, sizeof(chardev) - length, ",bus=bridge");
	begin(&host,
	      IOMMU " -device pcie-root-port,id=root,chassis=1"
		    " -device pcie-pci-bridge,id=bridge,bus=root",
	      "intel_iommu=on", BY_VFIO);
	chardev[length] = '\0';
	knocks_are_heard(&host);
	finish(&host);
}

/* It goes on with its work, and finds what is asked by looking. */
static void a_host_that_rings_without_end(void)
{
	struct host host;

	begin(&host, IOMMU, "intel_iommu=on", BY_VFIO);
	claim(&host);
	uint64_t rings = 0;
	for (uint64_t until = clock_ns() + 3 * NS_PER_S; clock_ns() < until; rings++) {
		ring(&host);
		if (rings % 1000 == 0)
			tend(&host);
	}
	printf("# %" PRIu64 " rings in 3 s\n", rings);
	measure(&host, "after that flood", true, 10, CALM_NS);
	clock_sleep(NS_PER_S); /* for its next line */
	unsigned long all, heard = most_knocks(&all);
	printf("# it took at most %lu of them in a second\n", heard);
	CHECK(heard > 0 && heard <= 4100);
	finish(&host);
}

/* The same guest in a machine that has no IOMMU. */
static void without_an_iommu_nobody_is_promised_to_be_heard(void)
{
	struct host host;

	begin(&host, "", "", BY_ITSELF);
	CHECK(!host.session->has_peer);
	claim(&host);
	CHECK(measure(&host, "without an IOMMU", false, figures(7, ANSWERS_BY_LOOK), CALM_NS) <
	      50 * NS_PER_MS * 4);
	finish(&host);
}

/* ---- the public library ---- */

struct visit {
	unsigned frames;
};

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct visit *visit = data;
	(void)frame;
	visit->frames++;
}

/* Comes, sees a picture, goes. */
static void visit(void)
{
	static const struct oriel_listener listener = { .frame = on_frame };
	struct visit visit = { 0 };
	const struct oriel_params params = { .server = socket_path,
					     .listener = &listener,
					     .data = &visit };
	struct oriel *oriel;
	char text[256];

	if (oriel_open(&oriel, &params, text, sizeof(text)) != 0)
		test_fail("%s", text);
	for (uint64_t until = clock_ns() + PATIENCE_NS; visit.frames < 3;) {
		struct pollfd fd = { oriel_fd(oriel), POLLIN, 0 };
		CHECK(clock_ns() < until);
		poll(&fd, 1, 1000);
		CHECK_EQ(oriel_dispatch(oriel), 0);
	}
	oriel_close(oriel);
}

/* It subscribes and leaves with a knock each, whoever does the ringing. */
static void the_library_knocks(void)
{
	const unsigned visits = 5;
	struct host host;
	unsigned long sum;

	begin(&host, IOMMU, "intel_iommu=on", BY_VFIO);
	for (unsigned i = 0; i < visits; i++) {
		visit();
		tend(&host);
	}
	clock_sleep(1500 * NS_PER_MS); /* for the next line of --stats */
	unsigned long most = most_knocks(&sum);
	printf("# %u visits, %lu knocks (at most %lu in a second)\n", visits, sum, most);
	CHECK(sum >= visits);
	finish(&host);
}

static void what_lacks_is_said(void)
{
	make_guest("vfio");
	start_server();
	start_machine("", "", BY_VFIO);
	for (uint64_t until = clock_ns() + BOOT_NS; !strstr(serial(), "ended with status 1");
	     clock_sleep(10 * NS_PER_MS))
		if (clock_ns() > until) {
			print_serial();
			test_fail("it does not give up");
		}
	CHECK_CONTAINS(serial(), "-device intel-iommu");
	CHECK_CONTAINS(serial(), "intel_iommu=on");
	end(&machine, SIGKILL);
}

static const struct test_case cases[] = {
	TEST(a_host_wakes_the_guest_program),
	TEST(and_under_lockdown),
	TEST(the_library_knocks),
	TEST(a_host_that_rings_without_end),
	TEST(without_an_iommu_nobody_is_promised_to_be_heard),
	TEST(what_lacks_is_said),
	TEST(and_where_libvirt_puts_the_device),
};

int main(int argc, char **argv)
{
	thread_precise_timers();
	return rig_main(argc, argv, cases, ARRAY_LEN(cases));
}
