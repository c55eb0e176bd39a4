#include "shared/base/keyval.h"

#include <string.h>

void keyval_done(struct keyval *kv)
{
	for (size_t i = 0; i < kv->count; i++) {
		free(kv->pairs[i].name);
		free(kv->pairs[i].value);
	}
	free(kv->pairs);
	*kv = (struct keyval){};
}

static struct keyval_pair *find(const struct keyval *kv, const char *name)
{
	for (size_t i = 0; i < kv->count; i++) {
		if (strcmp(kv->pairs[i].name, name) == 0)
			return &kv->pairs[i];
	}
	return NULL;
}

/* Owns both texts from here on; so does take(). */
static void append(struct keyval *kv, char *name, char *value)
{
	kv->pairs = mem_resize(kv->pairs, kv->count + 1, sizeof(*kv->pairs));
	kv->pairs[kv->count++] = (struct keyval_pair){name, value};
}

static void take(struct keyval *kv, char *name, char *value)
{
	struct keyval_pair *pair = find(kv, name);

	if (pair) {
		free(name);
		free(pair->value);
		pair->value = value;
		return;
	}
	append(kv, name, value);
}

void keyval_add(struct keyval *kv, const char *name, const char *value)
{
	append(kv, mem_strdup(name), mem_strdup(value));
}

void keyval_set(struct keyval *kv, const char *name, const char *value)
{
	take(kv, mem_strdup(name), mem_strdup(value));
}

const char *keyval_get(const struct keyval *kv, const char *name)
{
	const struct keyval_pair *pair = find(kv, name);

	return pair ? pair->value : NULL;
}

void keyval_merge(struct keyval *to, const struct keyval *from)
{
	for (size_t i = 0; i < from->count; i++)
		keyval_set(to, from->pairs[i].name, from->pairs[i].value);
}

void keyval_copy(struct keyval *to, const struct keyval *from)
{
	to->pairs = mem_resize(NULL, from->count, sizeof(*to->pairs));
	to->count = from->count;
	for (size_t i = 0; i < from->count; i++) {
		to->pairs[i].name = mem_strdup(from->pairs[i].name);
		to->pairs[i].value = mem_strdup(from->pairs[i].value);
	}
}

bool keyval_equal(const struct keyval *a, const struct keyval *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const char *value = keyval_get(b, a->pairs[i].name);

		if (!value || strcmp(value, a->pairs[i].value) != 0)
			return false;
	}
	return true;
}

void keyval_from_environ(struct keyval *kv, char *const *vector)
{
	for (; *vector; vector++) {
		const char *equals = strchr(*vector, '=');

		if (equals && equals != *vector)
			take(kv, mem_strndup(*vector, (size_t)(equals - *vector)),
			     mem_strdup(equals + 1));
	}
}
