#include "shared/spec/spec_yaml.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_yaml_map.h"
#include "shared/spec/spec_yaml_text.h"

struct anchor {
	char *name;
	const struct node *node; /* in the tree, or among the kept ones */
	bool open;		 /* its node is still being read */
};

struct reading {
	yaml_parser_t parser;
	yaml_event_t event; /* the one just read */
	bool has_event;
	struct spec_yaml_text text;
	struct anchor *anchors;
	size_t anchor_count;
	struct node
		*kept; /* values of merge keys: no part of the tree, but anchors may lie in them */
	size_t nodes, bytes;
};

static struct node *read_value(struct reading *reading, unsigned depth);

static bool complain(struct reading *reading, const yaml_mark_t *mark, const char *message)
{
	return spec_yaml_text_complain(&reading->text, mark, message);
}

static bool next_event(struct reading *reading)
{
	if (reading->has_event)
		yaml_event_delete(&reading->event);
	reading->has_event = yaml_parser_parse(&reading->parser, &reading->event) == 1;
	return reading->has_event || spec_yaml_text_syntax(&reading->text, &reading->parser);
}

/* One more value of `bytes` bytes of text: is there room? */
static bool count(struct reading *reading, size_t bytes)
{
	_cleanup_(mem_freep) char *text = NULL;

	reading->nodes++;
	reading->bytes += bytes;
	if (reading->nodes > SPEC_YAML_NODES_MAX)
		text = mem_printf("more than %d values, aliases counted as what they stand for",
				  SPEC_YAML_NODES_MAX);
	else if (reading->bytes > SPEC_YAML_BYTES_MAX)
		text = mem_printf(
			"more than %d MiB of text, aliases counted as what they stand for",
			SPEC_YAML_BYTES_MAX >> 20);
	return !text || complain(reading, &reading->event.start_mark, text);
}

/* A copy of a tree; NULL when it grew beyond the limits. */
static struct node *clone(struct reading *reading, const struct node *from)
{
	struct node *node;

	if (!count(reading,
		   (from->text ? strlen(from->text) : 0) + (from->key ? strlen(from->key) : 0)))
		return NULL;
	node = node_create(from->kind, from->text);
	node->key = mem_strdup(from->key);
	node->line = from->line;
	node->column = from->column;
	node->key_line = from->key_line;
	node->key_column = from->key_column;
	for (size_t i = 0; i < from->count; i++) {
		struct node *child = clone(reading, from->items[i]);

		if (!child) {
			node_destroy(node);
			return NULL;
		}
		node_add(node, child);
	}
	return node;
}

static struct node *read_alias(struct reading *reading)
{
	const char *name = (const char *)reading->event.data.alias.anchor;
	_cleanup_(mem_freep) char *text = NULL;
	struct node *node;

	for (size_t i = reading->anchor_count; i-- > 0;) {
		const struct anchor *anchor = &reading->anchors[i];

		if (strcmp(anchor->name, name) != 0)
			continue;
		if (anchor->open) {
			text = mem_printf("'*%.40s' stands inside of what it stands for", name);
			break;
		}
		node = clone(reading, anchor->node);
		if (node) {
			free(node->key);
			node->key = NULL;
		}
		return node;
	}
	if (!text)
		text = mem_printf("nothing is called '&%.40s' above", name);
	complain(reading, &reading->event.start_mark, text);
	return NULL;
}

/* Remember `node` by its anchor. Its index, -1: it has none, -2: too many. */
static int add_anchor(struct reading *reading, const yaml_char_t *name, const struct node *node)
{
	if (!name)
		return -1;
	if (reading->anchor_count == SPEC_YAML_ANCHORS_MAX) {
		_cleanup_(mem_freep) char *text =
			mem_printf("more than %d anchors", SPEC_YAML_ANCHORS_MAX);

		complain(reading, &reading->event.start_mark, text);
		return -2;
	}
	reading->anchors =
		mem_resize(reading->anchors, reading->anchor_count + 1, sizeof(*reading->anchors));
	reading->anchors[reading->anchor_count] =
		(struct anchor){.name = mem_strdup((const char *)name), .node = node, .open = true};
	return (int)reading->anchor_count++;
}

static bool known_tag(const char *tag, enum node_kind *kind)
{
	static const struct {
		const char *tag;
		enum node_kind kind;
	} tags[] = {{YAML_STR_TAG, NODE_STRING},   {YAML_INT_TAG, NODE_NUMBER},
		    {YAML_FLOAT_TAG, NODE_NUMBER}, {YAML_BOOL_TAG, NODE_BOOL},
		    {YAML_NULL_TAG, NODE_NULL},	   {YAML_SEQ_TAG, NODE_LIST},
		    {YAML_MAP_TAG, NODE_MAP},	   {"!", NODE_STRING}};

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (strcmp(tags[i].tag, tag) != 0)
			continue;
		*kind = tags[i].kind;
		return true;
	}
	return false;
}

static bool take_tag(struct reading *reading, const yaml_char_t *tag, enum node_kind *kind)
{
	_cleanup_(mem_freep) char *text = NULL;

	if (!tag || known_tag((const char *)tag, kind))
		return true;
	text = mem_printf("unknown tag '%.60s'", (const char *)tag);
	return complain(reading, &reading->event.start_mark, text);
}

static struct node *read_scalar(struct reading *reading)
{
	const char *value = (const char *)reading->event.data.scalar.value;
	size_t len = reading->event.data.scalar.length;
	bool plain = reading->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	enum node_kind kind = plain ? node_plain_kind(value) : NODE_STRING;
	struct node *node;
	int anchor;

	if (strlen(value) != len) {
		complain(reading, &reading->event.start_mark,
			 "a NUL byte in a text: nothing here can hold one");
		return NULL;
	}
	if (!count(reading, len) || !take_tag(reading, reading->event.data.scalar.tag, &kind))
		return NULL;
	node = node_create(kind, value);
	anchor = add_anchor(reading, reading->event.data.scalar.anchor, node);
	if (anchor >= 0)
		reading->anchors[anchor].open = false;
	if (anchor > -2)
		return node;
	node_destroy(node);
	return NULL;
}

/* The items of the list or map just begun, up to its end. */
static bool fill_list(struct reading *reading, struct node *list, unsigned depth)
{
	while (next_event(reading)) {
		struct node *item;

		if (reading->event.type == YAML_SEQUENCE_END_EVENT)
			return true;
		item = read_value(reading, depth);
		if (!item)
			return false;
		node_add(list, item);
	}
	return false;
}

static bool read_pair(struct reading *reading, struct node *map, struct node *merges,
		      unsigned depth)
{
	yaml_mark_t mark = reading->event.start_mark;
	_cleanup_(mem_freep) char *key = NULL;
	struct node *value;
	bool merge;

	if (reading->event.type != YAML_SCALAR_EVENT)
		return complain(reading, &mark, "a key must be a text");
	key = mem_strdup((const char *)reading->event.data.scalar.value);
	if (strlen(key) != reading->event.data.scalar.length)
		return complain(reading, &mark, "a NUL byte in a key");
	merge = reading->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		strcmp(key, "<<") == 0;
	reading->bytes += strlen(key);
	if (!next_event(reading))
		return false;
	value = read_value(reading, depth);
	if (!value)
		return false;
	value->key = steal_ptr(&key);
	value->key_line = (int)mark.line + 1;
	value->key_column = (int)mark.column + 1;
	node_add(merge ? merges : map, value);
	return true;
}

static bool merge_maps(struct reading *reading, struct node *map, struct node *merges)
{
	struct spec_yaml_map_merge merge = {.map = map,
					    .merges = merges,
					    .diags = reading->text.diags,
					    .file = reading->text.file};

	if (!spec_yaml_map_finish(&merge))
		return false;
	for (size_t i = 0; i < merge.take_count; i++) {
		struct node *copy = clone(reading, merge.take[i]);

		if (!copy) {
			free(merge.take);
			return false;
		}
		node_add(map, copy);
	}
	free(merge.take);
	return true;
}

static bool fill_map(struct reading *reading, struct node *map, unsigned depth)
{
	struct node *merges = node_create(NODE_LIST, NULL);

	node_add(reading->kept, merges);
	while (next_event(reading)) {
		if (reading->event.type == YAML_MAPPING_END_EVENT)
			return merge_maps(reading, map, merges);
		if (!read_pair(reading, map, merges, depth))
			return false;
	}
	return false;
}

static struct node *read_container(struct reading *reading, unsigned depth)
{
	bool is_map = reading->event.type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *name = is_map ? reading->event.data.mapping_start.anchor
					 : reading->event.data.sequence_start.anchor;
	_cleanup_(node_destroyp) struct node *node = NULL;
	int anchor;

	if (depth == SPEC_YAML_DEPTH_MAX) {
		_cleanup_(mem_freep) char *text =
			mem_printf("nested deeper than %d levels", SPEC_YAML_DEPTH_MAX);

		complain(reading, &reading->event.start_mark, text);
		return NULL;
	}
	if (!count(reading, 0))
		return NULL;
	node = node_create(is_map ? NODE_MAP : NODE_LIST, NULL);
	anchor = add_anchor(reading, name, node);
	if (anchor == -2 ||
	    !(is_map ? fill_map(reading, node, depth + 1) : fill_list(reading, node, depth + 1)))
		return NULL;
	if (anchor >= 0)
		reading->anchors[anchor].open = false;
	return steal_ptr(&node);
}

/* The value that begins with the event just read. NULL after complaining. */
static struct node *read_value(struct reading *reading, unsigned depth)
{
	yaml_mark_t mark = reading->event.start_mark;
	struct node *node;

	if (reading->event.type == YAML_ALIAS_EVENT)
		return read_alias(reading);
	node = reading->event.type == YAML_SCALAR_EVENT ? read_scalar(reading)
							: read_container(reading, depth);
	if (node) {
		node->line = (int)mark.line + 1;
		node->column = (int)mark.column + 1;
	}
	return node;
}

/* Stream, document, value, document, stream: nothing else. */
static struct node *read_stream(struct reading *reading)
{
	_cleanup_(node_destroyp) struct node *root = NULL;

	if (!next_event(reading) || !next_event(reading))
		return NULL;
	if (reading->event.type == YAML_STREAM_END_EVENT) {
		diagnostics_add(reading->text.diags, DIAGNOSTIC_ERROR, reading->text.file, 0, 0,
				NULL, "the file is empty");
		return NULL;
	}
	if (!next_event(reading))
		return NULL;
	root = read_value(reading, 0);
	if (!root || !next_event(reading) || !next_event(reading))
		return NULL;
	if (reading->event.type != YAML_STREAM_END_EVENT) {
		complain(reading, &reading->event.start_mark, "a second document: one is read");
		return NULL;
	}
	return steal_ptr(&root);
}

static void done(struct reading *reading)
{
	if (reading->has_event)
		yaml_event_delete(&reading->event);
	yaml_parser_delete(&reading->parser);
	for (size_t i = 0; i < reading->anchor_count; i++)
		free(reading->anchors[i].name);
	free(reading->anchors);
	node_destroy(reading->kept);
}

int spec_yaml_parse(const char *text, size_t len, const char *file, struct diagnostics *diags,
		    struct node **ret_root)
{
	struct reading reading = {.text = {.text = text, .len = len, .file = file, .diags = diags}};
	size_t before = diags->errors, skip;
	struct node *root = NULL;

	*ret_root = NULL;
	if (!spec_yaml_text_check(&reading.text))
		return -EINVAL;
	if (!yaml_parser_initialize(&reading.parser))
		return -ENOMEM;
	reading.kept = node_create(NODE_LIST, NULL);
	yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
	skip = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark */
	yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text + skip,
				     len - skip);
	root = read_stream(&reading);
	done(&reading);
	*ret_root = root;
	return diags->errors > before ? -EINVAL : 0;
}
