#include "shared/base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"

/* What one match may cost: a second of a slow machine at most, and these many KiB. */
#define MATCH_STEPS_MAX 1000000
#define MATCH_HEAP_KIB_MAX 8192

struct pattern {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

static int compile_error(int number, size_t offset, const char *regex, struct pmc_error *err)
{
	unsigned char text[160];

	if (pcre2_get_error_message(number, text, sizeof(text)) < 0)
		text[0] = '\0';
	pmc_error_set(err, -EINVAL, "bad regular expression /%s/ at column %zu: %s", regex,
		      offset + 1, (const char *)text);
	pmc_error_at(err, NULL, 0, (int)offset + 1);
	return -EINVAL;
}

int pattern_create(const char *regex, struct pattern **ret_pattern, struct pmc_error *err)
{
	struct pattern *pattern;
	pcre2_code *code;
	size_t offset;
	int number;

	code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
			     PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &number,
			     &offset, NULL);
	if (!code)
		return compile_error(number, offset, regex, err);
	pcre2_jit_compile(code,
			  PCRE2_JIT_COMPLETE); /* where it is not allowed, the interpreter works */
	pattern = mem_zalloc(sizeof(*pattern));
	pattern->code = code;
	pattern->match = pcre2_match_data_create(1, NULL);
	pattern->limits = pcre2_match_context_create(NULL);
	if (!pattern->match || !pattern->limits)
		abort();
	pcre2_set_match_limit(pattern->limits, MATCH_STEPS_MAX);
	pcre2_set_heap_limit(pattern->limits, MATCH_HEAP_KIB_MAX);
	*ret_pattern = pattern;
	return 0;
}

void pattern_destroy(struct pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_match_context_free(pattern->limits);
	pcre2_match_data_free(pattern->match);
	pcre2_code_free(pattern->code);
	free(pattern);
}

bool pattern_matches(const struct pattern *pattern, const char *text, size_t len)
{
	int r = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, 0, pattern->match,
			    pattern->limits);

	if (r == PCRE2_ERROR_JIT_STACKLIMIT) /* a long line: the interpreter keeps its stack on the
						heap */
		r = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_JIT,
				pattern->match, pattern->limits);
	return r >= 0;
}
