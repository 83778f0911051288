/* oriel-guest: the capture program inside the guest. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "guest/capture.h"
#include "guest/options.h"
#include "guest/platform.h"
#include "guest/session.h"
#include "shm/shm.h"

/* A display server that is stopped holds its caller for ever; SIGALRM then ends us without words.
 */
#define GRACE_S 3

/* For the signal handler alone. */
static struct session *session_to_stop;

static void on_signal(int number)
{
	(void)number;
	int kept = errno;
	session_stop(session_to_stop);
	alarm(GRACE_S);
	errno = kept;
}

static void stop_on_signals(struct session *session)
{
	session_to_stop = session;
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	/* A reader of --stats that leaves is no reason to end. */
	signal(SIGPIPE, SIG_IGN);
}

/* Started by a kernel as the first program, there may be no descriptors 0 to 2; the memory must not
 * become one of them, or messages would be written into it. */
static void occupy_standard_fds(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int open_memory(struct shm **out, const struct options *options, struct err *err)
{
	struct shm_params params = {
		.role = SHM_PRODUCER,
		.path = options->memory,
		.create = options->create,
	};
	if (options->create && !options->memory)
		return err_set(err, -EINVAL,
			       "--create needs --memory PATH to know which file to make");
	return shm_open_region(out, &params, err);
}

static int capture_into(const struct shm *memory, struct session_params *params, struct err *err)
{
	struct wire_guest guest = { 0 };
	snprintf(guest.host_version, sizeof(guest.host_version), "Oriel " ORIEL_VERSION);
	platform_describe(&guest, "");
	params->memory = memory;
	params->guest = &guest;
	struct session session;
	int failed = session_init(&session, params);
	if (failed)
		return err_set_errno(err, failed, "starting");
	stop_on_signals(&session);
	failed = session_run(&session, err);
	session_finish(&session);
	return failed;
}

static int run(const struct options *options, struct err *err)
{
	struct session_params params = {
		.fps_limit = options->fps_limit,
		.stats = options->stats,
		.no_extension = options->no_extension,
	};
	params.capture = capture_find(capture_impls, options->capture, &params.arg, err);
	if (!params.capture)
		return err->code;
	struct shm *memory;
	int failed = open_memory(&memory, options, err);
	if (failed)
		return failed;
	int claim;
	failed = shm_claim(&claim, memory, err);
	if (!failed) {
		failed = capture_into(memory, &params, err);
		close(claim);
	}
	shm_close(memory);
	return failed;
}

static enum log_level level_of(const struct options *options)
{
	return options->quiet ? LOG_ERROR : options->verbose ? LOG_DEBUG : LOG_INFO;
}

int main(int argc, char **argv)
{
	occupy_standard_fds();
	struct options options;
	struct err err = { 0 };
	log_open("oriel-guest", LOG_INFO);
	if (options_parse(&options, argc, argv, &err)) {
		log_error("%s", err.text);
		return 2;
	}
	if (options.help || options.version) {
		if (options.help)
			options_help(stdout, "oriel-guest", capture_impls);
		else
			puts("oriel-guest " ORIEL_VERSION);
		return fflush(stdout) ? 1 : 0;
	}
	log_open("oriel-guest", level_of(&options));
	if (run(&options, &err)) {
		log_error("%s", err.text);
		return 1;
	}
	return 0;
}
