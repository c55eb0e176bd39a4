#include "shared/base/glob.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"

/* A hostile "{a,b}{a,b}{a,b}…" grows like a power of two: after this many expansions it has not
 * matched. */
#define EXPANSIONS_MAX 1000
#define MATCH_STEPS_MAX 20000

static bool match_converted(PCRE2_SPTR regex, size_t regex_len, const char *text)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	pcre2_code *code;
	size_t offset;
	int number, r = -1;

	if (!limits || !match)
		abort();
	code = pcre2_compile(regex, regex_len, PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &number,
			     &offset, NULL);
	pcre2_set_match_limit(limits, MATCH_STEPS_MAX);
	if (code)
		r = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, match, limits);
	pcre2_code_free(code);
	pcre2_match_data_free(match);
	pcre2_match_context_free(limits);
	return r >= 0;
}

/* A pattern without braces. */
static bool match_plain(const char *pattern, const char *text)
{
	PCRE2_UCHAR *regex = NULL;
	size_t regex_len;
	bool matched = false;

	if (!strpbrk(pattern, "*?[\\"))
		return strcmp(pattern, text) == 0;
	if (pcre2_pattern_convert((PCRE2_SPTR)pattern, strlen(pattern),
				  PCRE2_CONVERT_GLOB | PCRE2_CONVERT_UTF, &regex, &regex_len,
				  NULL) == 0)
		matched = match_converted(regex, regex_len, text);
	pcre2_converted_pattern_free(regex);
	return matched;
}

/* The end of the part that begins at `p` inside braces: its ',' or '}'. NULL: the braces are not
 * closed. */
static const char *part_end(const char *p)
{
	unsigned depth = 0;

	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '{')
			depth++;
		else if (depth == 0 && (*p == ',' || *p == '}'))
			return p;
		else if (*p == '}')
			depth--;
	}
	return NULL;
}

static const char *first_brace(const char *p)
{
	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '{')
			return p;
	}
	return NULL;
}

static bool match_braces(const char *pattern, const char *text, unsigned *expansions)
{
	const char *open = first_brace(pattern), *part, *end, *close;

	if (++*expansions > EXPANSIONS_MAX)
		return false;
	if (!open)
		return match_plain(pattern, text);
	for (close = part_end(open + 1); close && *close != '}';)
		close = part_end(close + 1);
	if (!close)
		return false;
	for (part = open + 1;; part = end + 1) {
		_cleanup_(str_done) struct str one = {};

		end = part_end(part);
		str_append_bytes(&one, pattern, (size_t)(open - pattern));
		str_append_bytes(&one, part, (size_t)(end - part));
		str_append(&one, close + 1);
		if (match_braces(str_cstr(&one), text, expansions))
			return true;
		if (*end == '}')
			return false;
	}
}

bool glob_matches(const char *pattern, const char *text)
{
	unsigned expansions = 0;

	return match_braces(pattern, text, &expansions);
}
