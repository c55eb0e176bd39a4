#include "shared/base/str.h"

#include <stdio.h>
#include <string.h>

#define DISTANCE_LENGTH_MAX 255 /* longer words are either equal or far apart */

void str_done(struct str *s)
{
	free(s->data);
	*s = (struct str){};
}

void str_clear(struct str *s)
{
	s->len = 0;
	if (s->data)
		s->data[0] = '\0';
}

char *str_reserve(struct str *s, size_t more)
{
	size_t need;

	if (__builtin_add_overflow(s->len, more, &need) || __builtin_add_overflow(need, 1, &need))
		abort();
	if (need > s->cap) {
		size_t cap = s->cap < 32 ? 32 : s->cap + s->cap / 2;

		s->cap = cap < need ? need : cap;
		s->data = mem_resize(s->data, s->cap, 1);
		s->data[s->len] = '\0';
	}
	return s->data + s->len;
}

void str_append_bytes(struct str *s, const void *data, size_t len)
{
	char *end = str_reserve(s, len);

	if (len)
		memcpy(end, data, len);
	end[len] = '\0';
	s->len += len;
}

void str_append(struct str *s, const char *text)
{
	str_append_bytes(s, text, strlen(text));
}

void str_append_char(struct str *s, char c)
{
	str_append_bytes(s, &c, 1);
}

void str_append_repeat(struct str *s, char c, size_t times)
{
	char *end = str_reserve(s, times);

	memset(end, c, times);
	end[times] = '\0';
	s->len += times;
}

void str_appendf(struct str *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	str_appendv(s, fmt, args);
	va_end(args);
}

void str_appendv(struct str *s, const char *fmt, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	str_reserve(s, 64);
	len = vsnprintf(s->data + s->len, s->cap - s->len, fmt, args);
	if (len < 0)
		abort();
	if ((size_t)len >= s->cap - s->len) {
		str_reserve(s, (size_t)len);
		vsnprintf(s->data + s->len, s->cap - s->len, fmt, again);
	}
	va_end(again);
	s->len += (size_t)len;
}

void str_consume(struct str *s, size_t n)
{
	if (n >= s->len) {
		str_clear(s);
		return;
	}
	memmove(s->data, s->data + n, s->len - n);
	s->len -= n;
	s->data[s->len] = '\0';
}

const char *str_cstr(const struct str *s)
{
	if (!s->data)
		return "";
	s->data[s->len] = '\0'; /* whoever filled what str_reserve() gave may not have */
	return s->data;
}

char *str_steal(struct str *s)
{
	char *data = s->data ? s->data : mem_zalloc(1);

	data[s->len] = '\0';
	*s = (struct str){};
	return data;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), end = strlen(suffix);

	return len >= end && memcmp(s + len - end, suffix, end) == 0;
}

bool str_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned str_distance(const char *a, const char *b, unsigned max)
{
	unsigned rows[3][DISTANCE_LENGTH_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > DISTANCE_LENGTH_MAX || b_len > DISTANCE_LENGTH_MAX)
		return strcmp(a, b) == 0 ? 0 : max + 1;

	for (unsigned j = 0; j <= b_len; j++)
		above[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned *spare = before;

		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			row[j] = smaller(above[j - 1] + (a[i - 1] != b[j - 1]),
					 smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return smaller(above[b_len], max + 1);
}
