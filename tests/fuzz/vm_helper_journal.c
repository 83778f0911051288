/* What a crash, or somebody, may have left in a machine's journal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vm/helper/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	static struct journal journal;
	unsigned line = 0;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	journal_parse(&journal, text, &line);
	if (line == 0 || journal.count > JOURNAL_LINES)
		abort();
	for (unsigned i = 0; i < journal.count; i++) {
		const struct undo_line *each = &journal.lines[i];
		if (each->kind >= UNDO_KINDS)
			abort();
		for (int word = 0; word < VERB_WORDS; word++)
			if (undo_lines[each->kind].words[word] != WORD_NONE &&
			    !verb_word_fits(undo_lines[each->kind].words[word], each->words[word]))
				abort();
	}
	free(text);
	return 0;
}
