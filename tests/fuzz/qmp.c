/* A QEMU that a guest has taken over talks to us through its monitor. */
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/qmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_lost(void *data, const char *why)
{
	(void)why;
	++*(unsigned *)data;
}

static void on_answer(void *data, JsonNode *value, const GError *error)
{
	if (!value == !error)
		g_abort();
	++*(unsigned *)data;
}

/* Each question has one answer, and the end is told once, whatever is said. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct qmp_listener listener = { .lost = on_lost };
	unsigned losses = 0, answers = 0;
	int ends[2];

	if (size > 32 << 10 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return 0;
	struct qmp *qmp = qmp_create(ends[0], 60000, &listener, &losses);
	for (int i = 0; i < 3; i++)
		qmp_ask(qmp, "query-status", NULL, 60000, on_answer, &answers);
	if (size && send(ends[1], data, size, MSG_NOSIGNAL) != (ssize_t)size)
		g_abort();
	shutdown(ends[1], SHUT_WR);
	while (!losses)
		g_main_context_iteration(NULL, TRUE);
	qmp_destroy(qmp);
	close(ends[1]);
	if (losses != 1 || answers != 3)
		g_abort();
	return 0;
}
