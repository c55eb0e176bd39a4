#include "shared/spec/cron_field.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define SHOWN_COLUMNS 24

struct field {
	const char *name;
	int min, max;
	const char *words; /* of three letters each, from `min` on */
	const char *allowed;
};

static const struct field fields[CRON_FIELD_COUNT] = {
	[CRON_FIELD_SECOND] = {"second", 0, 59, "", "0 to 59"},
	[CRON_FIELD_MINUTE] = {"minute", 0, 59, "", "0 to 59"},
	[CRON_FIELD_HOUR] = {"hour", 0, 23, "", "0 to 23"},
	[CRON_FIELD_DAY] = {"day of month", 1, 31, "", "1 to 31"},
	[CRON_FIELD_MONTH] = {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec",
			      "1 to 12, or jan to dec"},
	[CRON_FIELD_WEEKDAY] = {"day of week", 0, 7, "sunmontuewedthufrisat",
				"0 to 7, or sun to sat"},
};

struct reader {
	const char *text; /* the whole field */
	const char *at;	  /* what is not yet read ... */
	const char *end;
	const struct field *field;
	struct pmc_error *err;
};

struct word {
	const char *at;
	size_t len;
};

/* The character of the text that `at` points to, from 1. */
static int column_of(const struct reader *reader, const char *at)
{
	int column = 1;

	for (const char *p = reader->text; p < at; p++)
		column += ((unsigned char)*p & 0xC0) != 0x80;
	return column;
}

static int complain(const struct reader *reader, const char *at, const char *fmt, ...)
	_printf_(3, 4);

static int complain(const struct reader *reader, const char *at, const char *fmt, ...)
{
	_cleanup_(str_done) struct str text = {};
	va_list args;

	va_start(args, fmt);
	str_appendv(&text, fmt, args);
	va_end(args);
	pmc_error_set(reader->err, -EINVAL, "%s", str_cstr(&text));
	pmc_error_at(reader->err, NULL, 1, column_of(reader, at));
	return -EINVAL;
}

static bool is_number(struct word word)
{
	return word.len && strspn(word.at, "0123456789") >= word.len;
}

/* "61" or "'x'", so that it can be shown. */
static void show(struct word word, struct str *out)
{
	_cleanup_(mem_freep) char *copy = mem_strndup(word.at, word.len);
	const char *quote = is_number(word) ? "" : "'";

	str_append(out, quote);
	utf8_fit(out, copy, SHOWN_COLUMNS);
	str_append(out, quote);
}

static int complain_value(const struct reader *reader, struct word word)
{
	_cleanup_(str_done) struct str shown = {};
	const char *name = reader->field->name;

	if (!word.len)
		return complain(reader, word.at, "%s: a value is missing, must be %s", name,
				reader->field->allowed);
	show(word, &shown);
	complain(reader, word.at, "%s %s: must be %s", name, str_cstr(&shown),
		 reader->field->allowed);
	if (strcspn(word.at, "#?") < word.len || strchr("LlWw", word.at[word.len - 1]))
		pmc_error_hint(reader->err, "L, W, # and ? are not supported");
	return -EINVAL;
}

/* What is up to the next sign, or the end of the field. */
static struct word next_word(struct reader *reader)
{
	struct word word = {.at = reader->at};

	while (reader->at < reader->end && !strchr(",-/", *reader->at))
		reader->at++;
	word.len = (size_t)(reader->at - word.at);
	return word;
}

static bool skip(struct reader *reader, char sign)
{
	if (reader->at == reader->end || *reader->at != sign)
		return false;
	reader->at++;
	return true;
}

/* The number; one above `max` if it is larger. */
static int number_of(struct word word, int max)
{
	int value = 0;

	for (size_t i = 0; i < word.len && value <= max; i++)
		value = value * 10 + (word.at[i] - '0');
	return value > max ? max + 1 : value;
}

/* -1: no value of the field. */
static int value_of(const struct field *field, struct word word)
{
	int value = field->min;

	if (is_number(word)) {
		value = number_of(word, field->max);
		return value < field->min || value > field->max ? -1 : value;
	}
	for (const char *known = field->words; word.len == 3 && *known; known += 3, value++)
		if (strncasecmp(known, word.at, 3) == 0)
			return value;
	return -1;
}

static int read_range_end(struct reader *reader, struct word first, int from, int *ret_to)
{
	struct word last = next_word(reader);
	int to = value_of(reader->field, last);

	if (to < 0)
		return complain_value(reader, last);
	if (to == 0 && reader->field == &fields[CRON_FIELD_WEEKDAY] && !is_number(last))
		to = 7; /* fri-sun */
	if (to < from)
		return complain(reader, first.at, "%s %.*s-%.*s: the range ends before it begins",
				reader->field->name, (int)first.len, first.at, (int)last.len,
				last.at);
	*ret_to = to;
	return 0;
}

static int read_step(struct reader *reader, int *ret_step)
{
	_cleanup_(str_done) struct str shown = {};
	int most = reader->field->max - reader->field->min + 1, step = 0;
	struct word word = next_word(reader);

	if (is_number(word))
		step = number_of(word, most);
	if (step < 1 || step > most) {
		show(word, &shown);
		return complain(reader, word.at, "%s step %s: must be 1 to %d", reader->field->name,
				str_cstr(&shown), most);
	}
	*ret_step = step;
	return 0;
}

/* One of a list: a value, a range or `*`, and perhaps a step. */
static int read_item(struct reader *reader, uint64_t *set)
{
	const struct field *field = reader->field;
	struct word word = next_word(reader);
	bool all = word.len == 1 && *word.at == '*';
	int from = all ? field->min : value_of(field, word), to = from, step = 1, r = 0;

	if (from < 0)
		return complain_value(reader, word);
	if (all)
		to = field->max;
	else if (skip(reader, '-'))
		r = read_range_end(reader, word, from, &to);
	else if (reader->at < reader->end && *reader->at == '/')
		to = field->max;
	if (r == 0 && skip(reader, '/'))
		r = read_step(reader, &step);
	if (r < 0)
		return r;
	if (reader->at < reader->end && *reader->at != ',')
		return complain(reader, reader->at, "%s: '%c' is not expected here", field->name,
				*reader->at);
	for (int value = from; value <= to; value += step)
		*set |= UINT64_C(1) << value;
	return 0;
}

int cron_field_read(enum cron_field field, const char *text, size_t len, uint64_t *ret_set,
		    struct pmc_error *err)
{
	struct reader reader = {text, text, text + len, &fields[field], err};
	uint64_t set = 0;
	int r;

	do {
		r = read_item(&reader, &set);
		if (r < 0)
			return r;
	} while (skip(&reader, ','));
	if (field == CRON_FIELD_WEEKDAY)
		set = (set | set >> 7) & 0x7f; /* Sunday by either number */
	*ret_set = set;
	return 0;
}
