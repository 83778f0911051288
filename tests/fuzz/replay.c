/* A main() for fuzz targets that feeds the stored corpus instead of random bytes, each file whole,
 *cut short and with bits flipped, so that every build replays what fuzzing once found.
 *
 *	replay-NAME DIRECTORY
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIANTS 512u /* cuts, and flips, per file at most */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of exactly that size, so that sanitizers see the first byte too far. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (size)
		memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void feed_variants(uint8_t *data, size_t size)
{
	size_t bits = size * 8;
	size_t cut = size / VARIANTS + 1, flip = bits / VARIANTS + 1;

	feed(data, size);
	for (size_t length = 0; length < size; length += cut)
		feed(data, length);
	for (size_t bit = 0; bit < bits; bit += flip) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		feed(data, size);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	long size = -1;

	if (file && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
	if (size < 0 || !data || fseek(file, 0, SEEK_SET) != 0 ||
	    fread(data, 1, (size_t)size, file) != (size_t)size) {
		perror(path);
		return 1;
	}
	fclose(file);
	feed_variants(data, (size_t)size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *corpus = argc == 2 ? opendir(argv[1]) : NULL;
	char path[PATH_MAX];
	int files = 0, failed = 0;

	if (!corpus) {
		perror(argc == 2 ? argv[1] : "replay: name the corpus");
		return 1;
	}
	for (struct dirent *entry; (entry = readdir(corpus));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		failed |= replay(path);
		files++;
	}
	closedir(corpus);
	printf("%d files of %s\n", files, argv[1]);
	return failed || files == 0;
}
