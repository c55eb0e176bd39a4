#include "shared/spec/spec_json_text.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/option/node.h"
#include "shared/spec/spec_text.h"
#include "shared/spec/spec_yaml.h"
#include "shared/spec/spec_yaml_map.h"

struct scan {
	const char *at, *end;
	struct spec_text_place place; /* of `at` */
	const char *file;
	struct diagnostics *diags;
};

static struct node *read_value(struct scan *scan);

static void complain(const struct scan *scan, const char *text)
{
	diagnostics_add(scan->diags, DIAGNOSTIC_ERROR, scan->file, scan->place.line,
			scan->place.column, NULL, "%s", text);
}

static void step(struct scan *scan, size_t len)
{
	spec_text_step(&scan->place, scan->at, len);
	scan->at += len;
}

/* Length of the string that begins here, quotes included. */
static size_t string_length(const struct scan *scan)
{
	size_t rest = (size_t)(scan->end - scan->at), i = 1;

	while (i < rest && scan->at[i] != '"')
		i += scan->at[i] == '\\' && i + 1 < rest ? 2 : 1;
	return i < rest ? i + 1 : rest;
}

/* How deep, and how many values at most? Brackets and commas outside of strings tell, before
 * anything is made of them. */
static bool check_limits(struct scan scan)
{
	size_t depth = 0, values = 1;

	while (scan.at < scan.end) {
		char c = *scan.at;
		size_t len = c == '"' ? string_length(&scan) : 1;

		depth += c == '[' || c == '{';
		depth -= depth > 0 && (c == ']' || c == '}');
		values += c == '[' || c == '{' || c == ',';
		if (depth > SPEC_YAML_DEPTH_MAX || values > SPEC_YAML_NODES_MAX) {
			_cleanup_(mem_freep) char *text =
				depth > SPEC_YAML_DEPTH_MAX
					? mem_printf("nested deeper than %d levels",
						     SPEC_YAML_DEPTH_MAX)
					: mem_printf("more than %d values", SPEC_YAML_NODES_MAX);

			complain(&scan, text);
			return false;
		}
		step(&scan, len);
	}
	return true;
}

/* What stands between values means nothing any more: the text is known to be JSON. */
static char next_token(struct scan *scan)
{
	size_t blank = 0, rest = (size_t)(scan->end - scan->at);

	while (blank < rest && strchr(" \t\r\n,:", scan->at[blank]))
		blank++;
	step(scan, blank);
	return scan->at < scan->end ? *scan->at : '\0';
}

/* The text of the string that begins here; new string. */
static char *take_string(struct scan *scan)
{
	size_t len = string_length(scan);
	char *text;

	if (memchr(scan->at, '\\', len)) {
		json_t *json = json_loadb(scan->at, len, JSON_DECODE_ANY, NULL);

		text = mem_strdup(json_string_value(json));
		json_decref(json);
	} else {
		text = mem_strndup(scan->at + 1, len - 2);
	}
	step(scan, len);
	return text;
}

static struct node *read_scalar(struct scan *scan)
{
	_cleanup_(mem_freep) char *text = NULL;
	size_t len = 0;

	if (*scan->at == '"') {
		text = take_string(scan);
		return node_create(NODE_STRING, text);
	}
	while (scan->at + len < scan->end && !strchr(" \t\r\n,]}", scan->at[len]))
		len++;
	text = mem_strndup(scan->at, len);
	step(scan, len);
	if (strcmp(text, "null") == 0)
		return node_create(NODE_NULL, "");
	return node_create(*text == 't' || *text == 'f' ? NODE_BOOL : NODE_NUMBER, text);
}

static void read_list(struct scan *scan, struct node *list)
{
	while (next_token(scan) != ']')
		node_add(list, read_value(scan));
}

/* Of a doubled key the first is kept, as in YAML. */
static void check_keys(struct scan *scan, struct node *map)
{
	_cleanup_(node_destroyp) struct node *doubled = node_create(NODE_LIST, NULL);
	struct spec_yaml_map_merge merge = {
		.map = map, .merges = doubled, .diags = scan->diags, .file = scan->file};

	spec_yaml_map_finish(&merge);
	free(merge.take);
}

static void read_map(struct scan *scan, struct node *map)
{
	while (next_token(scan) != '}') {
		struct spec_text_place place = scan->place;
		char *key = take_string(scan);
		struct node *value;

		next_token(scan);
		value = read_value(scan);
		value->key = key;
		value->key_line = place.line;
		value->key_column = place.column;
		node_add(map, value);
	}
	check_keys(scan, map);
}

/* The value that begins here. */
static struct node *read_value(struct scan *scan)
{
	char c = next_token(scan);
	struct spec_text_place place = scan->place;
	struct node *node;

	if (c == '[' || c == '{') {
		node = node_create(c == '[' ? NODE_LIST : NODE_MAP, NULL);
		step(scan, 1);
		if (c == '[')
			read_list(scan, node);
		else
			read_map(scan, node);
		step(scan, 1);
	} else {
		node = read_scalar(scan);
	}
	node->line = place.line;
	node->column = place.column;
	return node;
}

/* Where the token that jansson stumbled over begins: it is the last thing jansson took, and the
 * message ends in it. */
static struct spec_text_place place_of(const json_error_t *error, const char *text, size_t len)
{
	struct spec_text_place place = SPEC_TEXT_START;
	const char *token = strstr(error->text, " near '");
	size_t behind = (size_t)error->position < len ? (size_t)error->position : len, token_len;

	if (token && strlen(token) > strlen(" near ''")) {
		token_len = strlen(token) - strlen(" near ''");
		behind -= token_len <= behind ? token_len : 0;
	}
	spec_text_step(&place, text, behind);
	return place;
}

static bool is_syntax(const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	return code == json_error_invalid_syntax || code == json_error_premature_end_of_input ||
	       code == json_error_end_of_input_expected;
}

/* Is it JSON? 0, or as spec_json_text_parse() says. */
static int check_syntax(const struct scan *scan, struct pmc_error *ret_syntax)
{
	size_t len = (size_t)(scan->end - scan->at);
	struct spec_text_place place;
	json_error_t error;
	json_t *json = json_loadb(scan->at, len, JSON_DECODE_ANY, &error);

	if (json) {
		json_decref(json);
		return 0;
	}
	place = place_of(&error, scan->at, len);
	if (is_syntax(&error)) {
		pmc_error_set(ret_syntax, -EBADMSG, "%s", error.text);
		pmc_error_at(ret_syntax, scan->file, place.line, place.column);
		return -EBADMSG;
	}
	diagnostics_add(scan->diags, DIAGNOSTIC_ERROR, scan->file, place.line, place.column, NULL,
			"%s",
			json_error_code(&error) == json_error_null_character
				? "a NUL byte in a text: nothing here can hold one"
				: error.text);
	return -EINVAL;
}

int spec_json_text_parse(const char *text, size_t len, const char *file, struct diagnostics *diags,
			 struct node **ret_root, struct pmc_error *ret_syntax)
{
	size_t before = diags->errors, skip = spec_text_mark(text, len);
	struct scan scan = {.at = text + skip,
			    .end = text + len,
			    .place = SPEC_TEXT_START,
			    .file = file,
			    .diags = diags};
	int r;

	*ret_root = NULL;
	if (!spec_text_check(text, len, file, diags) || !check_limits(scan))
		return -EINVAL;
	if (spec_text_blank(text, len)) {
		diagnostics_add(diags, DIAGNOSTIC_ERROR, file, 0, 0, NULL, "the file is empty");
		return -EINVAL;
	}
	r = check_syntax(&scan, ret_syntax);
	if (r < 0)
		return r;
	*ret_root = read_value(&scan);
	return diags->errors > before ? -EINVAL : 0;
}
