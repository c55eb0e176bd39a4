#include "shared/spec/interpolate.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/keyval.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define SHOWN_MAX 40

bool interpolate_wanted(const char *text)
{
	return strstr(text, "${") != NULL;
}

static int put(struct interpolate *in, const char *text, size_t len, struct str *out,
	       struct pmc_error *err)
{
	if (len > in->budget)
		return pmc_error_set(err, -E2BIG, "too much text after variables are put in");
	in->budget -= len;
	str_append_bytes(out, text, len);
	return 0;
}

static const char *look_up(const struct interpolate *in, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(in->scopes); i++) {
		const char *value = in->scopes[i] ? keyval_get(in->scopes[i], name) : NULL;

		if (value)
			return value;
	}
	return NULL;
}

static int not_ours(const char *text, size_t len, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *whole = mem_strndup(text, len);
	_cleanup_(str_done) struct str shown = {};

	utf8_fit(&shown, whole, SHOWN_MAX);
	pmc_error_set(err, -EINVAL, "'%s' is not ${NAME} or ${NAME:-default}", str_cstr(&shown));
	return pmc_error_hint(err, "write $${ for a dollar and a brace that are left alone");
}

/* The brace that ends what begins behind "${"; NULL: none does. */
static const char *find_end(const char *text, const char *end)
{
	int depth = 1;

	for (; text < end; text++) {
		if (text[0] == '$' && text + 1 < end && text[1] == '{')
			depth++;
		else if (text[0] == '}' && --depth == 0)
			return text;
	}
	return NULL;
}

static size_t name_length(const char *text, const char *end)
{
	const char *at = text;

	if (at < end && isdigit((unsigned char)*at))
		return 0;
	while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
		at++;
	return (size_t)(at - text);
}

static int append(struct interpolate *in, const char *text, const char *end, int depth,
		  struct str *out, struct pmc_error *err);

/* `text` is behind "${", `end` its closing brace. */
static int replace(struct interpolate *in, const char *text, const char *end, int depth,
		   struct str *out, struct pmc_error *err)
{
	size_t len = name_length(text, end);
	bool has_default = end - text > (ptrdiff_t)len + 1 && strncmp(text + len, ":-", 2) == 0;
	_cleanup_(mem_freep) char *name = mem_strndup(text, len);
	const char *value;

	if (!len || (!has_default && text + len != end))
		return not_ours(text - 2, (size_t)(end - text) + 3, err);
	value = look_up(in, name);
	if (value && (*value || !has_default))
		return put(in, value, strlen(value), out, err);
	if (has_default)
		return append(in, text + len + 2, end, depth + 1, out, err);
	pmc_error_set(err, -ENOENT, "the variable %.100s is not set", name);
	return pmc_error_hint(err,
			      "set it, or give a default: ${%.100s:-value}; $${%.100s} is left "
			      "alone",
			      name, name);
}

/* A run of dollars at `*at`. Before a brace half of them stay, and an odd one begins a variable. */
static int take_dollars(struct interpolate *in, const char **at, const char *end, int depth,
			struct str *out, struct pmc_error *err)
{
	const char *run = *at, *closing;
	size_t count = 0;
	int r;

	while (run + count < end && run[count] == '$')
		count++;
	*at = run + count;
	if (*at == end || **at != '{')
		return put(in, run, count, out, err);
	r = put(in, run, count / 2, out, err);
	if (r < 0 || count % 2 == 0)
		return r;
	closing = find_end(*at + 1, end);
	if (!closing)
		return not_ours(*at - 1, (size_t)(end - *at) + 1, err);
	r = replace(in, *at + 1, closing, depth, out, err);
	*at = closing + 1;
	return r;
}

static int append(struct interpolate *in, const char *text, const char *end, int depth,
		  struct str *out, struct pmc_error *err)
{
	int r = 0;

	if (depth > INTERPOLATE_DEPTH_MAX)
		return pmc_error_set(err, -EINVAL, "defaults in defaults: at most %d deep",
				     INTERPOLATE_DEPTH_MAX);
	while (r == 0 && text < end) {
		const char *dollar = memchr(text, '$', (size_t)(end - text));
		const char *stop = dollar ? dollar : end;

		r = put(in, text, (size_t)(stop - text), out, err);
		text = stop;
		if (r == 0 && text < end)
			r = take_dollars(in, &text, end, depth, out, err);
	}
	return r;
}

int interpolate_append(struct interpolate *in, const char *text, struct str *out,
		       struct pmc_error *err)
{
	return append(in, text, text + strlen(text), 0, out, err);
}

void interpolate_escape(const char *text, struct str *out)
{
	while (*text) {
		size_t plain = strcspn(text, "$"), run = strspn(text + plain, "$");

		str_append_bytes(out, text, plain + run);
		text += plain + run;
		if (*text == '{')
			str_append_repeat(out, '$', run);
	}
}
