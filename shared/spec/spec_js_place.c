#include "shared/spec/spec_js_place.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/option/node.h"
#include "shared/spec/spec_text.h"

/* A key of the text, or of the tree. */
struct key {
	const char *name;
	size_t len, rank;		     /* rank: its order in the text, or the tree */
	struct spec_text_place place, value; /* of the text */
	struct node *node;		     /* of the tree */
};

struct keys {
	struct key *items;
	size_t count, cap;
};

struct scan {
	const char *at, *end;
	struct spec_text_place place; /* of `at` */
	struct keys *keys;
};

static struct key *add(struct keys *keys, const char *name, size_t len)
{
	struct key *key;

	if (keys->count == keys->cap) {
		keys->cap = keys->cap ? keys->cap * 2 : 64;
		keys->items = mem_resize(keys->items, keys->cap, sizeof(*keys->items));
	}
	key = &keys->items[keys->count];
	*key = (struct key){.name = name, .len = len, .rank = keys->count++};
	return key;
}

static void step(struct scan *scan, size_t len)
{
	size_t rest = (size_t)(scan->end - scan->at);

	len = len < rest ? len : rest;
	spec_text_step(&scan->place, scan->at, len);
	scan->at += len;
}

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && isspace((unsigned char)*scan->at))
		step(scan, 1);
}

static void skip_behind(struct scan *scan, const char *mark)
{
	const char *found = memmem(scan->at, (size_t)(scan->end - scan->at), mark, strlen(mark));

	step(scan,
	     found ? (size_t)(found - scan->at) + strlen(mark) : (size_t)(scan->end - scan->at));
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* A name was just passed: it is a key if a colon comes next. */
static void take_key(struct scan *scan, const char *name, size_t len, struct spec_text_place place)
{
	struct key *key;

	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at != ':')
		return;
	step(scan, 1);
	skip_blanks(scan);
	key = add(scan->keys, name, len);
	key->place = place;
	key->value = scan->place;
}

static void scan_string(struct scan *scan)
{
	struct spec_text_place place = scan->place;
	const char *begin = scan->at + 1;
	char quote = *scan->at;

	step(scan, 1);
	while (scan->at < scan->end && *scan->at != quote)
		step(scan, *scan->at == '\\' ? 2 : 1);
	if (scan->at == scan->end)
		return;
	step(scan, 1);
	if (quote != '`' && !memchr(begin, '\\', (size_t)(scan->at - begin)))
		take_key(scan, begin, (size_t)(scan->at - begin) - 1, place);
}

static void scan_word(struct scan *scan)
{
	struct spec_text_place place = scan->place;
	const char *begin = scan->at;

	while (scan->at < scan->end && is_word(*scan->at))
		step(scan, 1);
	take_key(scan, begin, (size_t)(scan->at - begin), place);
}

static void scan_text(struct scan *scan)
{
	while (scan->at < scan->end) {
		char c = *scan->at, next = scan->at + 1 < scan->end ? scan->at[1] : '\0';

		if (c == '/' && next == '/')
			skip_behind(scan, "\n");
		else if (c == '/' && next == '*')
			skip_behind(scan, "*/");
		else if (c == '"' || c == '\'' || c == '`')
			scan_string(scan);
		else if (is_word(c))
			scan_word(scan);
		else
			step(scan, 1);
	}
}

static void collect(struct keys *keys, struct node *node)
{
	if (node->key)
		add(keys, node->key, strlen(node->key))->node = node;
	for (size_t i = 0; i < node->count; i++)
		collect(keys, node->items[i]);
}

static int compare_names(const struct key *a, const struct key *b)
{
	int order = memcmp(a->name, b->name, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = compare_names(x, y);

	return order ? order : (x->rank > y->rank) - (x->rank < y->rank);
}

/* How many from `from` on have the same name? */
static size_t run_length(const struct keys *keys, size_t from)
{
	size_t to = from + 1;

	while (to < keys->count && compare_names(&keys->items[from], &keys->items[to]) == 0)
		to++;
	return to - from;
}

static void take_places(const struct key *written, const struct key *had, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		had[i].node->key_line = written[i].place.line;
		had[i].node->key_column = written[i].place.column;
		had[i].node->line = written[i].value.line;
		had[i].node->column = written[i].value.column;
	}
}

/* Both are sorted: names that occur equally often belong together. */
static void match(const struct keys *written, const struct keys *had)
{
	size_t w = 0, h = 0;

	while (w < written->count && h < had->count) {
		int order = compare_names(&written->items[w], &had->items[h]);
		size_t in_text = run_length(written, w), in_tree = run_length(had, h);

		if (order == 0 && in_text == in_tree)
			take_places(&written->items[w], &had->items[h], in_text);
		w += order <= 0 ? in_text : 0;
		h += order >= 0 ? in_tree : 0;
	}
}

/* A map in a list stands where its first key does; what else is not known, where its parent is. */
static void inherit(struct node *node, const struct node *parent)
{
	for (size_t i = 0; !node->key && !node->line && i < node->count; i++) {
		node->line = node->items[i]->key_line;
		node->column = node->items[i]->key_column;
	}
	if (!node->line && !node->key && parent) {
		node->line = parent->line;
		node->column = parent->column;
	}
	for (size_t i = 0; i < node->count; i++)
		inherit(node->items[i], node);
}

void spec_js_place_guess(const char *text, size_t len, struct node *root)
{
	size_t mark = spec_text_mark(text, len);
	struct keys written = {}, had = {};
	struct scan scan = {
		.at = text + mark, .end = text + len, .place = SPEC_TEXT_START, .keys = &written};

	scan_text(&scan);
	collect(&had, root);
	if (written.count > 0 && had.count > 0) {
		qsort(written.items, written.count, sizeof(*written.items), compare);
		qsort(had.items, had.count, sizeof(*had.items), compare);
		match(&written, &had);
	}
	inherit(root, NULL);
	free(written.items);
	free(had.items);
}
