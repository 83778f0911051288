#include "scene.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/ext_area.h"

#define LIFE_S 400 /* of a child that hangs */

static struct scene *running;

unsigned scene_seconds(unsigned brief, unsigned full)
{
	return scene_long() ? full : brief;
}

bool scene_long(void)
{
	return getenv("ORIEL_LONG") != NULL;
}

/* ---- children ---- */

static pid_t fork_tied(void)
{
	pid_t parent = getpid();
	fflush(stdout);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	alarm(LIFE_S);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* ours is TAP */
	return 0;
}

static pid_t start(const char *const argv[])
{
	pid_t pid = fork_tied();
	if (pid == 0) {
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

pid_t scene_fork(void (*run)(void *data), void *data)
{
	pid_t pid = fork_tied();
	if (pid == 0) {
		run(data);
		_exit(0);
	}
	return pid;
}

pid_t scene_viewer(const struct scene *self)
{
	const char *const argv[] = { getenv("ORIEL_VIEW"), "--headless", "--memory", self->path,
				     NULL };
	return start(argv);
}

void scene_start_guest(struct scene *self)
{
	char size[24];
	const char *const argv[] = {
		getenv("ORIEL_GUEST"), "--quiet",     "--memory", self->path, "--create", size,
		"--capture",           self->capture, NULL
	};
	snprintf(size, sizeof(size), "%zu", self->size);
	self->guest = start(argv);
}

void scene_kill(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

bool scene_alive(pid_t pid)
{
	siginfo_t ended = { 0 };
	return pid > 0 && waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       ended.si_pid == 0;
}

/* ---- the memory ---- */

/* A failed case leaves it; the children are tied to us. */
static void remove_memory(void)
{
	if (running)
		unlink(running->path);
}

static void map_memory(struct scene *self)
{
	int fd = open(self->path, O_RDWR | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, (off_t)self->size), 0);
	self->base = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	CHECK(self->base != MAP_FAILED);
}

void scene_open(struct scene *self, const char *capture, uint32_t width, uint32_t height)
{
	if (running)
		scene_close(running);
	memset(self, 0, sizeof(*self));
	running = self;
	const char *dir = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(self->path, sizeof(self->path), "%s/oriel-scene-%d", dir, (int)getpid());
	atexit(remove_memory);
	snprintf(self->capture, sizeof(self->capture), "%s", capture);
	self->size = oriel_shm_size(width, height, 4);
	map_memory(self);
	scene_start_guest(self);
	struct ext_map map;
	SCENE_EVENTUALLY(ext_map_read(&map, self->base, self->size, ext_area_at(self->size),
				      EXT_AREA_BYTES) == 0 &&
			 atomic_load(&map.head->session) != 0);
}

void scene_close(struct scene *self)
{
	running = NULL;
	scene_kill(&self->guest);
	munmap(self->base, self->size);
	unlink(self->path);
}

static struct ext_map area_of(const struct scene *self)
{
	struct ext_map map;
	CHECK_EQ(
		ext_map_read(&map, self->base, self->size, ext_area_at(self->size), EXT_AREA_BYTES),
		0);
	return map;
}

/* False where the entry is another frame's by now, or not filled. */
static bool filled(const struct ext_map *map, uint64_t serial, struct scene_newest *out)
{
	const struct ext_entry *entry = ext_entry(map, serial);
	struct scene_newest found = { serial, 0 };
	bool ours = atomic_load(&entry->mark) == serial;
	uint64_t when = atomic_load(&entry->filled);
	found.captured = *(const volatile uint64_t *)&entry->frame.captured;
	atomic_thread_fence(memory_order_acquire);
	if (!ours || atomic_load(&entry->mark) != serial || when == EXT_FILLING ||
	    when == EXT_ABANDONED)
		return false;
	*out = found;
	return true;
}

struct scene_newest scene_newest(const struct scene *self)
{
	struct ext_map map = area_of(self);
	struct scene_newest found = { 0 };
	uint64_t serial = atomic_load(&map.head->newest);
	for (int back = 0; back < 4 && (uint32_t)serial > 0; back++, serial--)
		if (filled(&map, serial, &found))
			break;
	return found;
}

unsigned scene_claims(const struct scene *self, unsigned *held)
{
	struct ext_map map = area_of(self);
	unsigned count = 0, bits = 0;
	for (unsigned i = 0; i < EXT_BLOCKS; i++) {
		uint64_t hold = atomic_load(&ext_block(&map, i)->hold);
		count += hold != 0;
		bits += (unsigned)__builtin_popcount((uint32_t)hold & 0xFF);
	}
	if (held)
		*held = bits;
	return count;
}

struct scene_pointer scene_pointer(const struct scene *self)
{
	struct ext_map map = area_of(self);
	volatile const struct ext_pointer_words *words = &map.head->pointer.words;
	struct scene_pointer pointer;
	do {
		pointer.sequence = atomic_load(&map.head->pointer.sequence);
		pointer.x = words->x;
		pointer.y = words->y;
		atomic_thread_fence(memory_order_acquire);
	} while (atomic_load(&map.head->pointer.sequence) != pointer.sequence);
	return pointer;
}

/* ---- what processes use ---- */

static uint64_t number_in(const char *path, const char *format)
{
	char line[256];
	uint64_t number = 0;
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			break;
	if (file)
		fclose(file);
	return number;
}

static void add_thread(struct scene_usage *usage, const char *task)
{
	char path[320];
	snprintf(path, sizeof(path), "%s/schedstat", task);
	usage->cpu_ns += number_in(path, "%" SCNu64);
	snprintf(path, sizeof(path), "%s/status", task);
	usage->wakes += number_in(path, "voluntary_ctxt_switches: %" SCNu64);
	usage->threads++;
}

/* Calls for each entry of the directory; how many there were. */
static unsigned each_entry(const char *path, struct scene_usage *usage,
			   void (*add)(struct scene_usage *usage, const char *entry))
{
	char name[300];
	unsigned count = 0;
	DIR *dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%.200s", path, entry->d_name);
		count++;
		if (add)
			add(usage, name);
	}
	if (dir)
		closedir(dir);
	return count;
}

struct scene_usage scene_usage(pid_t pid)
{
	struct scene_usage usage = { 0 };
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	each_entry(path, &usage, add_thread);
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	usage.files = each_entry(path, NULL, NULL);
	return usage;
}

struct pixel_image scene_image(const struct oriel_format *format)
{
	return (struct pixel_image){
		.format = (enum pixel_format)format->pixel,
		.width = format->width,
		.height = format->height,
		.data_width = format->data_width,
		.data_height = format->data_height,
		.pitch = format->pitch,
		.rotation = (enum pixel_rotation)format->rotation,
		.colour = format->colour,
	};
}
