/* keyval: NAME=value pairs in the order they were set; a name occurs once. What environments are
 * made of. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/mem.h"

struct keyval_pair {
	char *name, *value;
};

struct keyval {
	struct keyval_pair *pairs;
	size_t count;
};

void keyval_done(struct keyval *kv);

/* Add a name that is surely not there yet: it is not looked for. */
void keyval_add(struct keyval *kv, const char *name, const char *value);

/* Set or replace. Both are copied. */
void keyval_set(struct keyval *kv, const char *name, const char *value);
const char *keyval_get(const struct keyval *kv, const char *name); /* NULL: not there */

/* Set every pair of `from` in `to`, later ones win. */
void keyval_merge(struct keyval *to, const struct keyval *from);
void keyval_copy(struct keyval *to, const struct keyval *from);	   /* `to` must be empty */
bool keyval_equal(const struct keyval *a, const struct keyval *b); /* order does not count */

/* From an environment vector ("A=1", …, NULL); entries without '=' are left out. */
void keyval_from_environ(struct keyval *kv, char *const *environ);
