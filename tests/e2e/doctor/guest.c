/* In the guest: runs `oriel doctor` as nobody in particular and says on the console what it said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USER = 1000 };

static void become_somebody(void)
{
	mkdir("/tmp", 01777);
	chmod("/tmp", 01777);
	if (setgid(USER) != 0 || setuid(USER) != 0)
		_exit(126);
}

static void run_doctor(const char *machine)
{
	char *words[] = { (char *)"/oriel/oriel", (char *)"doctor", (char *)"--all",
			  (char *)"--time",       (char *)machine,  NULL };

	become_somebody();
	setenv("LD_LIBRARY_PATH", "/oriel", 1);
	setenv("HOME", "/tmp", 1);
	setenv("NO_COLOR", "1", 1);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	execv(words[0], words);
	perror(words[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	pid_t child = fork();
	if (child == 0)
		run_doctor(argv[1]);
	waitpid(child, &status, 0);
	printf("\n@end %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	fflush(stdout);
	pause(); /* its end is the machine's */
	return 0;
}
