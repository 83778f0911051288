#include "link/opener.h"

#include <assert.h>

#include "base/mem.h"

#define FIELDS(type_) .size = sizeof(struct type_)

static const struct link_kind asks[] = {
	[LINK_OPENER_OPEN] = { "open", FIELDS(link_opener_id), .text_max = 4096 },
	[LINK_OPENER_KEY] = { "key", FIELDS(link_opener_id), .text_max = 512 },
	[LINK_OPENER_LIST] = { "list", FIELDS(link_opener_id), .fds = 1 },
};
static_assert(ARRAY_LEN(asks) == LINK_OPENER_ASK_COUNT, "a row for each");

static const struct link_kind tells[] = {
	[LINK_OPENER_OPENED] = { "opened", FIELDS(link_opener_file), .fds = 1 },
	[LINK_OPENER_REFUSED] = { "refused", FIELDS(link_opener_id), .text_max = 256 },
	[LINK_OPENER_GRANTED] = { "granted", FIELDS(link_opener_id), .fds = 1 },
};
static_assert(ARRAY_LEN(tells) == LINK_OPENER_TELL_COUNT, "a row for each");

const struct link_table link_opener_asks = { asks, ARRAY_LEN(asks) };
const struct link_table link_opener_tells = { tells, ARRAY_LEN(tells) };
