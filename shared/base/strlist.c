#include "shared/base/strlist.h"

#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/str.h"

void strlist_done(struct strlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strlist){};
}

void strlist_take(struct strlist *list, char *item)
{
	list->items = mem_resize(list->items, list->count + 2, sizeof(*list->items));
	list->items[list->count++] = item;
	list->items[list->count] = NULL;
}

void strlist_add(struct strlist *list, const char *item)
{
	strlist_take(list, mem_strdup(item));
}

void strlist_copy(struct strlist *to, const struct strlist *from)
{
	for (size_t i = 0; i < from->count; i++)
		strlist_add(to, from->items[i]);
}

bool strlist_has(const struct strlist *list, const char *item)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], item) == 0)
			return true;
	}
	return false;
}

bool strlist_equal(const struct strlist *a, const struct strlist *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	}
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The part of a word between single quotes; `p` stands behind the opening one. NULL: not closed. */
static const char *take_single(const char *p, struct str *word)
{
	const char *end = strchr(p, '\'');

	if (!end)
		return NULL;
	str_append_bytes(word, p, (size_t)(end - p));
	return end + 1;
}

/* The same between double quotes, where a backslash protects only what is special there. */
static const char *take_double(const char *p, struct str *word)
{
	for (; *p != '"'; p++) {
		if (*p == '\0')
			return NULL;
		if (*p == '\\' && p[1] && strchr("\"\\$`\n", p[1])) {
			p++;
			if (*p == '\n')
				continue;
		}
		str_append_char(word, *p);
	}
	return p + 1;
}

/* Outside quotes a backslash protects anything; the last one of the text stands for itself. */
static const char *take_escaped(const char *p, struct str *word)
{
	if (p[0] == '\0') {
		str_append_char(word, '\\');
		return p;
	}
	if (p[0] != '\n')
		str_append_char(word, p[0]);
	return p + 1;
}

/* One word from `p` on, which is no blank. NULL: a quote is not closed, `*ret_quote` is where it
 * opened. */
static const char *take_word(const char *p, struct str *word, const char **ret_quote)
{
	while (*p && !is_blank(*p)) {
		const char *from = p++;

		if (*from == '\'')
			p = take_single(p, word);
		else if (*from == '"')
			p = take_double(p, word);
		else if (*from == '\\')
			p = take_escaped(p, word);
		else
			str_append_char(word, *from);
		if (!p) {
			*ret_quote = from;
			return NULL;
		}
	}
	return p;
}

/* The length of NAME="value" or NAME='value' at `p`, when that is the whole word; else 0. */
static size_t assigned_len(const char *p)
{
	size_t len = strcspn(p, " \t\r\n\"'=\\");
	const char *end;

	if (len == 0 || p[len] != '=' || (p[len + 1] != '"' && p[len + 1] != '\''))
		return 0;
	end = strchr(p + len + 2, p[len + 1]);
	return end && (end[1] == '\0' || is_blank(end[1])) ? (size_t)(end + 1 - p) : 0;
}

static int split_words(struct strlist *list, const char *text, bool keep_assigned,
		       struct pmc_error *err)
{
	_cleanup_(strlist_done) struct strlist words = {};
	_cleanup_(str_done) struct str word = {};
	const char *p = text, *quote;
	size_t assigned;

	for (;;) {
		while (is_blank(*p))
			p++;
		if (!*p)
			break;
		assigned = keep_assigned ? assigned_len(p) : 0;
		if (assigned > 0) {
			strlist_take(&words, mem_strndup(p, assigned));
			p += assigned;
			continue;
		}
		p = take_word(p, &word, &quote);
		if (!p) {
			pmc_error_set(err, -EINVAL, "the quote %c is not closed in: %s", *quote,
				      text);
			pmc_error_at(err, NULL, 0, (int)(quote - text) + 1);
			return -EINVAL;
		}
		strlist_take(&words, str_steal(&word));
	}
	for (size_t i = 0; i < words.count; i++)
		strlist_take(list, steal_ptr(&words.items[i]));
	return 0;
}

int strlist_split_words(struct strlist *list, const char *text, struct pmc_error *err)
{
	return split_words(list, text, false, err);
}

int strlist_split_arguments(struct strlist *list, const char *text, struct pmc_error *err)
{
	return split_words(list, text, true, err);
}

void strlist_split(struct strlist *list, const char *text, const char *separators)
{
	for (;;) {
		size_t len;

		text += strspn(text, separators);
		len = strcspn(text, separators);
		if (!len)
			return;
		strlist_take(list, mem_strndup(text, len));
		text += len;
	}
}
