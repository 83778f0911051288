/* Two producers of one memory. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "scratch.h"
#include "shm/shm.h"

static struct err err;

static struct shm *open_file(void)
{
	struct shm_params params = { .path = scratch_file("memory", MIB) };
	struct shm *shm;

	CHECK_EQ(shm_open_region(&shm, &params, &err), 0);
	return shm;
}

/* Claims and waits to be killed; what it got comes through the pipe. */
static pid_t claim_elsewhere(const struct shm *shm)
{
	int ends[2], result = 99;

	CHECK_EQ(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		struct shm *own = NULL;
		int fd;
		result = shm_open_fd(&own, shm->fd, &err);
		if (result == 0)
			result = shm_claim(&fd, own, &err);
		if (write(ends[1], &result, sizeof(result)) < 0)
			_exit(1);
		alarm(20);
		pause();
		_exit(0);
	}
	CHECK_EQ(read(ends[0], &result, sizeof(result)), sizeof(result));
	CHECK_EQ(result, 0);
	close(ends[0]);
	close(ends[1]);
	return child;
}

static void kill_it(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void refused_by(const struct shm *shm, pid_t child)
{
	char pid[32];
	int fd = 77;

	snprintf(pid, sizeof(pid), "process %d ", child);
	CHECK_EQ(shm_claim(&fd, shm, &err), -EBUSY);
	CHECK_EQ(fd, 77);
	printf("# %s\n", err.text);
	CHECK_CONTAINS(err.text, pid);
	CHECK_CONTAINS(err.text, shm->name);
}

static void the_second_is_told_who_the_first_is(void)
{
	struct shm *shm = open_file();
	pid_t child = claim_elsewhere(shm);
	int fd = -1;

	refused_by(shm, child);
	kill_it(child);
	CHECK_EQ(shm_claim(&fd, shm, &err), 0);
	CHECK(fd >= 0);
	close(fd);
	shm_close(shm);
}

static void a_memfd_too(void)
{
	struct shm *shm;
	int fd = -1;

	CHECK_EQ(shm_create_memfd(&shm, "claim", MIB, &err), 0);
	pid_t child = claim_elsewhere(shm);
	refused_by(shm, child);
	kill_it(child);
	CHECK_EQ(shm_claim(&fd, shm, &err), 0);
	close(fd);
	shm_close(shm);
}

/* A display server may keep the region's descriptor for longer than we live. */
static void what_is_lent_keeps_no_claim(void)
{
	struct shm *shm = open_file();
	int lent = dup(shm->fd), fd = -1, again = -1;

	CHECK_EQ(shm_claim(&fd, shm, &err), 0);
	close(dup(shm->fd));
	CHECK_EQ(shm_claim(&again, shm, &err), -EBUSY);
	close(fd);
	shm_close(shm);
	shm = open_file();
	CHECK_EQ(shm_claim(&again, shm, &err), 0);
	close(again);
	close(lent);
	shm_close(shm);
}

static void without_a_descriptor_there_is_nothing_to_claim(void)
{
	struct shm shm = { .fd = -1, .name = "0000:00:04.0" };
	int fd = 77;

	CHECK_EQ(shm_claim(&fd, &shm, &err), 0);
	CHECK_EQ(fd, -1);
}

static const struct test_case cases[] = {
	TEST(the_second_is_told_who_the_first_is),
	TEST(a_memfd_too),
	TEST(what_is_lent_keeps_no_claim),
	TEST(without_a_descriptor_there_is_nothing_to_claim),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
