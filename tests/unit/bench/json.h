/* Is a text JSON? For tests: says where it is not, keeps nothing. */
#ifndef TESTS_UNIT_BENCH_JSON_H
#define TESTS_UNIT_BENCH_JSON_H

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static inline void json_space(const char **at)
{
	while (**at && strchr(" \t\r\n", **at))
		++*at;
}

static inline bool json_take(const char **at, char wanted)
{
	json_space(at);
	if (**at != wanted)
		return false;
	++*at;
	return true;
}

static inline bool json_text(const char **at)
{
	if (!json_take(at, '"'))
		return false;
	for (; **at && **at != '"'; ++*at) {
		if ((unsigned char)**at < ' ')
			return false;
		if (**at == '\\' && (!*++*at || !strchr("\"\\/bfnrt", **at)))
			return false;
	}
	return json_take(at, '"');
}

static inline bool json_digits(const char **at)
{
	if (!isdigit((unsigned char)**at))
		return false;
	while (isdigit((unsigned char)**at))
		++*at;
	return true;
}

static inline bool json_number(const char **at)
{
	if (**at == '-')
		++*at;
	return json_digits(at) && (**at != '.' || (++*at, json_digits(at)));
}

static inline bool json_word(const char **at, const char *word)
{
	if (strncmp(*at, word, strlen(word)) != 0)
		return false;
	*at += strlen(word);
	return true;
}

static inline bool json_value(const char **at);

/* Behind the opening bracket. */
static inline bool json_list(const char **at, char end, bool keys)
{
	if (json_take(at, end))
		return true;
	do
		if ((keys && (!json_text(at) || !json_take(at, ':'))) || !json_value(at))
			return false;
	while (json_take(at, ','));
	return json_take(at, end);
}

static inline bool json_value(const char **at)
{
	json_space(at);
	if (json_take(at, '{'))
		return json_list(at, '}', true);
	if (json_take(at, '['))
		return json_list(at, ']', false);
	if (**at == '"')
		return json_text(at);
	return json_word(at, "true") || json_word(at, "false") || json_word(at, "null") ||
	       json_number(at);
}

/* NULL: it is one value and nothing else. Otherwise where it goes wrong. */
static inline const char *json_wrong(const char *text)
{
	bool good = json_value(&text);

	json_space(&text);
	return good && !*text ? NULL : text;
}

#endif
