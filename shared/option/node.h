/* node: a tree of values with the places they were read from. What every format (YAML, JSON, INI, a
 * flag) is read into, so that options are set by one piece of code and every mistake has its line
 * and column.
 *
 * Scalars keep their text as written ("1.10" stays "1.10"); the kind says what the format took it
 * for. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum node_kind { NODE_NULL, NODE_BOOL, NODE_NUMBER, NODE_STRING, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	int line, column; /* from 1; 0: not known */
	char *text;	  /* scalars: never NULL; NULL for lists and maps */
	char *key;	  /* child of a map: its key */
	int key_line, key_column;
	struct node **items; /* of lists and maps, owned */
	size_t count, cap;
};

/* A scalar of `text` (copied) or, with NULL, an empty list or map. */
struct node *node_create(enum node_kind kind, const char *text);
void node_destroy(struct node *node); /* accepts NULL */
void node_destroyp(struct node **node);

/* Hang `child` (owned from here on) under `parent`; its key is already set if `parent` is a map. */
void node_add(struct node *parent, struct node *child);

/* The child with this key; NULL: none, or not a map. */
const struct node *node_get(const struct node *map, const char *key);

/* From JSON and back; places are not known to JSON. Both make a new tree. */
struct node *node_from_json(json_t *json);
json_t *node_to_json(const struct node *node);

/* What the kind of a plain (unquoted) YAML 1.2 scalar is: null, bool, number or string. */
enum node_kind node_plain_kind(const char *text);
