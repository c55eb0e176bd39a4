#include "shared/option/node.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "shared/base/mem.h"

struct node *node_create(enum node_kind kind, const char *text)
{
	struct node *node = mem_zalloc(sizeof(*node));

	node->kind = kind;
	node->text = mem_strdup(text);
	return node;
}

void node_destroy(struct node *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->count; i++)
		node_destroy(node->items[i]);
	free(node->items);
	free(node->text);
	free(node->key);
	free(node);
}

void node_destroyp(struct node **node)
{
	node_destroy(*node);
}

void node_add(struct node *parent, struct node *child)
{
	if (parent->count == parent->cap) {
		parent->cap = parent->cap ? parent->cap * 2 : 4;
		parent->items = mem_resize(parent->items, parent->cap, sizeof(*parent->items));
	}
	parent->items[parent->count++] = child;
}

const struct node *node_get(const struct node *map, const char *key)
{
	if (map->kind != NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->items[i]->key, key) == 0)
			return map->items[i];
	return NULL;
}

static struct node *from_number(json_t *json)
{
	_cleanup_(mem_freep) char *text =
		json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	return node_create(NODE_NUMBER, text ? text : "0");
}

static struct node *from_container(json_t *json)
{
	struct node *node = node_create(json_is_array(json) ? NODE_LIST : NODE_MAP, NULL);
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_array(json)) {
		json_array_foreach(json, i, item) node_add(node, node_from_json(item));
		return node;
	}
	json_object_foreach(json, key, item)
	{
		struct node *child = node_from_json(item);

		child->key = mem_strdup(key);
		node_add(node, child);
	}
	return node;
}

struct node *node_from_json(json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		return from_container(json);
	case JSON_STRING:
		return node_create(NODE_STRING, json_string_value(json));
	case JSON_INTEGER:
	case JSON_REAL:
		return from_number(json);
	case JSON_TRUE:
		return node_create(NODE_BOOL, "true");
	case JSON_FALSE:
		return node_create(NODE_BOOL, "false");
	case JSON_NULL:
		return node_create(NODE_NULL, "");
	}
	unreachable();
}

static json_t *number_to_json(const char *text)
{
	char *end;
	long long whole;
	double real;

	errno = 0;
	whole = strtoll(text, &end, 10);
	if (!errno && !*end)
		return json_integer(whole);
	errno = 0;
	real = strtod(text, &end);
	if (!errno && !*end && *text) {
		json_t *json = json_real(real); /* NULL for inf and nan */

		if (json)
			return json;
	}
	return json_string(text);
}

static json_t *container_to_json(const struct node *node)
{
	json_t *json = node->kind == NODE_LIST ? json_array() : json_object();

	for (size_t i = 0; i < node->count; i++) {
		json_t *item = node_to_json(node->items[i]);

		if (node->kind == NODE_LIST)
			json_array_append_new(json, item);
		else
			json_object_set_new(json, node->items[i]->key, item);
	}
	return json;
}

json_t *node_to_json(const struct node *node)
{
	switch (node->kind) {
	case NODE_LIST:
	case NODE_MAP:
		return container_to_json(node);
	case NODE_STRING:
		return json_string(node->text);
	case NODE_NUMBER:
		return number_to_json(node->text);
	case NODE_BOOL:
		return json_boolean(tolower((unsigned char)node->text[0]) == 't');
	case NODE_NULL:
		return json_null();
	}
	unreachable();
}

static bool is_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

/* Decimal, 0o and 0x whole numbers, and floats, as YAML 1.2's core schema has them. */
static bool is_number(const char *text)
{
	const char *p = text + (*text == '-' || *text == '+');
	char *end;

	if (p[0] == '0' && p[1] == 'o')
		return p[2] && strspn(p + 2, "01234567") == strlen(p + 2);
	if (p[0] == '0' && p[1] == 'x')
		return p[2] && strspn(p + 2, "0123456789abcdefABCDEF") == strlen(p + 2);
	if (!isdigit((unsigned char)p[0]) && !(p[0] == '.' && isdigit((unsigned char)p[1])))
		return false;
	if (strspn(p, "0123456789.eE+-") != strlen(p))
		return false;
	strtod(text, &end);
	return *end == '\0';
}

enum node_kind node_plain_kind(const char *text)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const bools[] = {"true",  "True",  "TRUE", "false",
					    "False", "FALSE", NULL};

	if (is_word(text, nulls))
		return NODE_NULL;
	if (is_word(text, bools))
		return NODE_BOOL;
	return is_number(text) ? NODE_NUMBER : NODE_STRING;
}
