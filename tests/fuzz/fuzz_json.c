/* JSON that nobody checked: it is refused with a place, or every value of its tree stands where the
 * tree says, and means what jansson says it means. */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_js_place.h"
#include "shared/spec/spec_json_text.h"
#include "shared/spec/spec_text.h"
#include "tests/fuzz/fuzz.h"

/* Where lines begin. */
struct lines {
	const char *text, *end;
	const char **starts;
	size_t count;
};

static struct lines find_lines(const char *text, size_t len)
{
	struct lines lines = {.text = text, .end = text + len};

	for (const char *at = text; at; at = memchr(at, '\n', (size_t)(lines.end - at))) {
		at += at != text || lines.count > 0;
		lines.starts = mem_resize(lines.starts, lines.count + 1, sizeof(*lines.starts));
		lines.starts[lines.count++] = at;
	}
	return lines;
}

/* The byte at this place. */
static char byte_at(const struct lines *lines, int line, int column)
{
	const char *at;

	assert(line >= 1 && (size_t)line <= lines->count && column >= 1);
	at = lines->starts[line - 1];
	if (line == 1)
		at += spec_text_mark(lines->text, (size_t)(lines->end - lines->text));
	for (; column > 1; column--) {
		assert(at < lines->end && *at != '\n');
		do
			at++;
		while (at < lines->end && ((unsigned char)*at & 0xc0) == 0x80);
	}
	assert(at < lines->end);
	return *at;
}

static void assert_places(const struct lines *lines, const struct node *node)
{
	char c = byte_at(lines, node->line, node->column);

	switch (node->kind) {
	case NODE_MAP:
		assert(c == '{');
		break;
	case NODE_LIST:
		assert(c == '[');
		break;
	case NODE_STRING:
		assert(c == '"');
		break;
	case NODE_NULL:
		assert(c == 'n');
		break;
	case NODE_NUMBER:
	case NODE_BOOL:
		assert(c == node->text[0]);
		break;
	}
	if (node->key)
		assert(byte_at(lines, node->key_line, node->key_column) == '"');
	for (size_t i = 0; i < node->count; i++)
		assert_places(lines, node->items[i]);
}

static void assert_means(const char *text, size_t len, const struct node *root)
{
	json_t *again = node_to_json(root), *json = json_loadb(text, len, JSON_DECODE_ANY, NULL);

	assert(json && json_equal(json, again));
	json_decref(json);
	json_decref(again);
}

/* JSON is JavaScript: what is guessed is what is known. Other texts are only survived. */
static void guess(const char *text, size_t len, struct node *root)
{
	struct node *other = root ? NULL : node_create(NODE_MAP, NULL);

	if (other) {
		node_add(other, node_create(NODE_NUMBER, "1"));
		other->items[0]->key = mem_strdup("a");
	}
	spec_js_place_guess(text, len, root ? root : other);
	node_destroy(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t mark = spec_text_mark(text, size);
	struct diagnostics diags = {};
	struct pmc_error syntax = {};
	struct node *root = NULL;
	struct lines lines = find_lines(text, size);
	int r = spec_json_text_parse(text, size, "f", &diags, &root, &syntax);

	assert(r == 0 || r == -EINVAL || r == -EBADMSG);
	assert((r == -EINVAL) == (diags.errors > 0));
	assert(r != 0 || root);
	if (r == -EBADMSG)
		assert(!root && syntax.line >= 1 && syntax.column >= 1 &&
		       (size_t)syntax.line <= lines.count);
	if (root)
		assert_places(&lines, root);
	guess(text, size, root);
	if (root)
		assert_places(&lines, root);
	if (r == 0)
		assert_means(text + mark, size - mark, root);
	node_destroy(root);
	diagnostics_done(&diags);
	free(lines.starts);
	return 0;
}
