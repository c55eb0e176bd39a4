/* The text of an expression. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/spec/cron.h"
#include "shared/spec/cron_field.h"

#define BLANKS " \t\r\n"
#define SHOWN_COLUMNS 24

struct word {
	const char *at;
	size_t len;
};

/* Words of the text: their places, and how many there are, which may be more than `room`. */
static size_t split(const char *text, struct word *words, size_t room)
{
	size_t count = 0;

	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS), count++) {
		size_t len = strcspn(text, BLANKS);

		if (count < room)
			words[count] = (struct word){text, len};
		text += len;
	}
	return count;
}

static bool is(struct word word, const char *text)
{
	return strlen(text) == word.len && strncasecmp(text, word.at, word.len) == 0;
}

/* Say where in `text` the mistake is; `column` is that from `at` on. */
static void place(struct pmc_error *err, const char *text, const char *at, int column)
{
	for (; text < at; text++)
		column += ((unsigned char)*text & 0xC0) != 0x80; /* characters, not bytes */
	pmc_error_at(err, NULL, 1, column);
}

static int complain_count(const char *text, const struct word *words, size_t count,
			  struct pmc_error *err)
{
	bool many = count > CRON_FIELD_COUNT;

	pmc_error_set(err, -EINVAL, "expected 5 fields, or 6 with seconds first, found %zu", count);
	pmc_error_hint(err, "write minute, hour, day of month, month and day of week; 0 for never");
	place(err, text, many ? words[CRON_FIELD_COUNT].at : text + strlen(text), 1);
	return -EINVAL;
}

static int read_fields(const char *text, const struct word *words, size_t count, struct cron *ret,
		       struct pmc_error *err)
{
	uint64_t sets[CRON_FIELD_COUNT] = {[CRON_FIELD_SECOND] = 1};
	size_t missing = CRON_FIELD_COUNT - count;

	for (size_t i = 0; i < count; i++) {
		int r = cron_field_read((enum cron_field)(i + missing), words[i].at, words[i].len,
					&sets[i + missing], err);

		if (r < 0) {
			place(err, text, words[i].at, err ? err->column : 1);
			return r;
		}
	}
	*ret = (struct cron){
		.any_day = is(words[CRON_FIELD_DAY - missing], "*"),
		.any_weekday = is(words[CRON_FIELD_WEEKDAY - missing], "*"),
		.seconds = sets[CRON_FIELD_SECOND],
		.minutes = sets[CRON_FIELD_MINUTE],
		.hours = sets[CRON_FIELD_HOUR],
		.days = sets[CRON_FIELD_DAY],
		.months = sets[CRON_FIELD_MONTH],
		.weekdays = sets[CRON_FIELD_WEEKDAY],
	};
	return 0;
}

static int read_nickname(const char *text, struct word word, struct cron *ret,
			 struct pmc_error *err)
{
	static const char *const known[][2] = {
		{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
		{"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
		{"@annually", "0 0 1 1 *"},
	};
	_cleanup_(mem_freep) char *copy = NULL;
	_cleanup_(str_done) struct str shown = {};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (is(word, known[i][0]))
			return cron_parse(known[i][1], ret, err);
	copy = mem_strndup(word.at, word.len);
	utf8_fit(&shown, copy, SHOWN_COLUMNS);
	pmc_error_set(err, -EINVAL, "unknown nickname '%s'", str_cstr(&shown));
	pmc_error_hint(err, "write @hourly, @daily, @midnight, @weekly, @monthly, @yearly or "
			    "@annually");
	place(err, text, word.at, 1);
	return -EINVAL;
}

int cron_parse(const char *text, struct cron *ret, struct pmc_error *err)
{
	struct word words[CRON_FIELD_COUNT + 1] = {};
	size_t count = split(text, words, ARRAY_SIZE(words));

	if (!*text || (count == 1 && is(words[0], "0"))) {
		*ret = (struct cron){.off = true};
		return 0;
	}
	if (count == 1 && *words[0].at == '@')
		return read_nickname(text, words[0], ret, err);
	if (count != CRON_FIELD_COUNT && count != CRON_FIELD_COUNT - 1)
		return complain_count(text, words, count, err);
	return read_fields(text, words, count, ret, err);
}
