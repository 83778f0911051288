#include "worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

enum { LINK_FD = 3, OUT_OF_THE_WAY = 10 };

static void become_worker(int link, unsigned life_s)
{
	int aside = fcntl(link, F_DUPFD, OUT_OF_THE_WAY);

	guest_limit_life(life_s);
	dup2(aside, LINK_FD);
	execl(getenv("ORIEL_SPICE"), "oriel-spice", "--link=3", NULL);
	_exit(127);
}

pid_t worker_start(struct link **out, unsigned life_s)
{
	int ends[2];

	CHECK_EQ(link_pair(ends), 0);
	pid_t child = fork();
	if (child == 0)
		become_worker(ends[1], life_s);
	close(ends[1]);
	CHECK_EQ(link_create(out, ends[0], &link_spice_asks, &link_spice_tells), 0);
	return child;
}
