#include "shared/spec/spec_yaml.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_text.h"
#include "shared/spec/spec_yaml_anchors.h"
#include "shared/spec/spec_yaml_map.h"
#include "shared/spec/spec_yaml_text.h"

struct reading {
	yaml_parser_t parser;
	yaml_event_t event; /* the one just read */
	bool has_event;
	struct spec_yaml_text text;
	struct spec_yaml_anchors anchors;
	struct node
		*kept; /* values of merge keys: no part of the tree, but anchors may lie in them */
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

static bool known_tag(const char *tag, enum node_kind *kind)
{
	static const struct {
		const char *tag;
		enum node_kind kind;
	} tags[] = {{YAML_STR_TAG, NODE_STRING},   {YAML_INT_TAG, NODE_NUMBER},
		    {YAML_FLOAT_TAG, NODE_NUMBER}, {YAML_BOOL_TAG, NODE_BOOL},
		    {YAML_NULL_TAG, NODE_NULL},	   {"!", NODE_STRING}};

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
	const yaml_event_t *event = &reading->event;
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	enum node_kind kind = plain ? node_plain_kind(value) : NODE_STRING;
	_cleanup_(node_destroyp) struct node *node = NULL;

	if (strlen(value) != len) {
		complain(reading, &event->start_mark,
			 "a NUL byte in a text: nothing here can hold one");
		return NULL;
	}
	if (!spec_yaml_anchors_spend(&reading->anchors, len, &event->start_mark) ||
	    !take_tag(reading, event->data.scalar.tag, &kind))
		return NULL;
	node = node_create(kind, value);
	if (!spec_yaml_anchors_add(&reading->anchors, (const char *)event->data.scalar.anchor, node,
				   &event->start_mark))
		return NULL;
	if (event->data.scalar.anchor)
		spec_yaml_anchors_close(&reading->anchors, node);
	return steal_ptr(&node);
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
	reading->anchors.bytes += strlen(key);
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
		struct node *copy = spec_yaml_anchors_clone(&reading->anchors, merge.take[i],
							    &reading->event.start_mark);

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
	const yaml_event_t *event = &reading->event;
	bool is_map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *name =
		is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	bool named = name != NULL;
	_cleanup_(node_destroyp) struct node *node = NULL;

	if (depth == SPEC_YAML_DEPTH_MAX) {
		_cleanup_(mem_freep) char *text =
			mem_printf("nested deeper than %d levels", SPEC_YAML_DEPTH_MAX);

		complain(reading, &event->start_mark, text);
		return NULL;
	}
	if (!spec_yaml_anchors_spend(&reading->anchors, 0, &event->start_mark))
		return NULL;
	node = node_create(is_map ? NODE_MAP : NODE_LIST, NULL);
	if (!spec_yaml_anchors_add(&reading->anchors, (const char *)name, node,
				   &event->start_mark) ||
	    !(is_map ? fill_map(reading, node, depth + 1) : fill_list(reading, node, depth + 1)))
		return NULL;
	if (named)
		spec_yaml_anchors_close(&reading->anchors, node);
	return steal_ptr(&node);
}

/* The value that begins with the event just read. NULL after complaining. */
static struct node *read_value(struct reading *reading, unsigned depth)
{
	yaml_mark_t mark = reading->event.start_mark;
	struct node *node;

	if (reading->event.type == YAML_ALIAS_EVENT)
		return spec_yaml_anchors_resolve(
			&reading->anchors, (const char *)reading->event.data.alias.anchor, &mark);
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
	spec_yaml_anchors_done(&reading->anchors);
	node_destroy(reading->kept);
}

int spec_yaml_parse(const char *text, size_t len, const char *file, struct diagnostics *diags,
		    struct node **ret_root)
{
	struct reading reading = {.text = {.text = text, .len = len, .file = file, .diags = diags}};
	size_t before = diags->errors, skip;
	struct node *root = NULL;

	*ret_root = NULL;
	reading.anchors.text = &reading.text;
	if (!spec_text_check(text, len, file, diags))
		return -EINVAL;
	if (!yaml_parser_initialize(&reading.parser))
		return -ENOMEM;
	reading.kept = node_create(NODE_LIST, NULL);
	yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
	skip = spec_text_mark(text, len);
	yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text + skip,
				     len - skip);
	root = read_stream(&reading);
	done(&reading);
	*ret_root = root;
	return diags->errors > before ? -EINVAL : 0;
}
