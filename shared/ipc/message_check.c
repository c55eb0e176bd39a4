#include <errno.h>
#include <string.h>

#include "shared/base/str.h"
#include "shared/ipc/message.h"

static const struct method {
	const char *name, *params;
} methods[] = {
#define METHOD(ident, name, flags, params, doc) {name, params},
#include "shared/ipc/methods.def"
#undef METHOD
};

static const struct method *find_method(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	}
	return NULL;
}

static int no_such_method(const char *name, struct pmc_error *err)
{
	const char *guess = NULL;
	unsigned best = 4;

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		unsigned distance = str_distance(methods[i].name, name, best);

		if (distance >= best)
			continue;
		best = distance;
		guess = methods[i].name;
	}
	pmc_error_set(err, -ENOSYS, "there is no method '%s'", name);
	if (guess)
		pmc_error_hint(err, "did you mean '%s'?", guess);
	return -ENOSYS;
}

/* The next of "targets! options request": its length without the '!', 0 at the end. */
static size_t next_word(const char **p, const char **ret_word, bool *ret_needed)
{
	size_t len;

	*p += strspn(*p, " ");
	*ret_word = *p;
	len = strcspn(*p, " !");
	*ret_needed = (*p)[len] == '!';
	*p += len + *ret_needed;
	return len;
}

static bool is_param(const char *params, const char *name)
{
	const char *word;
	bool needed;
	size_t len;

	while ((len = next_word(&params, &word, &needed)) > 0) {
		if (strlen(name) == len && memcmp(word, name, len) == 0)
			return true;
	}
	return false;
}

static int check_missing(const struct method *method, json_t *params, struct pmc_error *err)
{
	const char *p = method->params, *word;
	bool needed;
	size_t len;

	while ((len = next_word(&p, &word, &needed)) > 0) {
		char name[64];

		if (!needed)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len, word);
		if (!json_object_get(params, name))
			return pmc_error_set(err, -EINVAL, "%s needs the parameter '%s'",
					     method->name, name);
	}
	return 0;
}

int message_check(const char *method, json_t *params, struct pmc_error *err)
{
	const struct method *known = find_method(method);
	const char *name;
	json_t *value;

	if (!known)
		return no_such_method(method, err);
	if (params && !json_is_object(params))
		return pmc_error_set(err, -EINVAL, "the parameters of %s are not an object",
				     method);
	json_object_foreach(params, name, value)
	{
		if (!is_param(known->params, name))
			return pmc_error_set(err, -EINVAL, "%s has no parameter '%s'", method,
					     name);
	}
	return check_missing(known, params, err);
}
