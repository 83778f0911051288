/* A line that somebody sends to root's program. What is accepted can be part of a path. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vm/helper/verbs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_word(const char *word)
{
	if (strlen(word) >= WORD_LENGTH || strcmp(word, "..") == 0 || strcmp(word, ".") == 0)
		abort();
	for (; *word; word++)
		if (*word <= ' ' || *word > '~' || *word == '/')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), *words[VERB_WORDS] = { NULL };
	const char *why = NULL;

	if (size)
		memcpy(line, data, size);
	line[size] = '\0';
	if (verb_machine_fits(line))
		check_word(line);
	int verb = verb_parse(verbs, VERB_KINDS, line, words, &why);
	if (verb < 0 && !why)
		abort();
	for (int i = 0; verb >= 0 && i < VERB_WORDS && verbs[verb].words[i] != WORD_NONE; i++)
		check_word(words[i]);
	free(line);
	return 0;
}
