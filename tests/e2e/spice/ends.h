/* tests/e2e/spice/ends.h - whose mistake ended a worker of oriel-spice, told by what it said.
 *
 * Only AddressSanitizer says enough of it: where the mistake was made. It is ours when the first
 * function that is none of the sanitizer's, C library's or GLib's is one of the program itself.
 */
#ifndef TESTS_E2E_SPICE_ENDS_H
#define TESTS_E2E_SPICE_ENDS_H

enum end {
	END_LIBRARY, /* in one that decodes what a server says */
	END_OURS,
	END_UNTOLD, /* nobody has said why: it was built without a sanitizer, or was killed */
	END_COUNT,
};

#define END_WHY_SIZE 512

/* What it is options for: ends of each kind are told, and where memory was asked for, too. */
#define END_ASAN_OPTIONS                                                                           \
	"detect_leaks=0:abort_on_error=1:handle_abort=1:handle_sigtrap=1:fast_unwind_on_malloc=0"

/* `said` is what one worker wrote to stderr. `why` is for a person. */
enum end end_judge(const char *said, char why[END_WHY_SIZE]);

#endif
