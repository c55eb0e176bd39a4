/* A struct with one member of each type, its table, and short words to set and show them. For the
 * tests of shared/option. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/option/option.h"
#include "shared/option/option_member.h"

#define SAMPLE_OPTIONS                                                                             \
	OPTION(DURATION, wait, .flag = "wait", .def = "1600ms", .min = 0, .max = 3600000)          \
	OPTION(SIZE, memory, .min = 1024, .max = 1LL << 40)                                        \
	OPTION(INT, nice, .min = -20, .max = 19)                                                   \
	OPTION(BOOL, restart, .flag = "restart", .short_flag = 'r', .def = "true")                 \
	OPTION(STRING, name, .aliases = OPTION_WORDS("app_name", "title"), .min = 1, .max = 10)    \
	OPTION(PATH, script_path)                                                                  \
	OPTION(PATH_OR_BOOL, log)                                                                  \
	OPTION(ENUM, mode, .choices = OPTION_WORDS("fork|fork_mode", "cluster"), .def = "cluster") \
	OPTION(OCTAL, umask, .max = 0777)                                                          \
	OPTION(STRLIST, args)                                                                      \
	OPTION(NAMES, names)                                                                       \
	OPTION(LIST_OR_BOOL, watch)                                                                \
	OPTION(INTLIST, codes, .min = 0, .max = 255)                                               \
	OPTION(KEYVAL, env)                                                                        \
	OPTION(INSTANCES, instances, .def = "1", .max = 100)                                       \
	OPTION(LIMITS, limits)                                                                     \
	OPTION(SIGNALS, stop, .def = "SIGINT")                                                     \
	OPTION(STRING, tint, .max = 10, .check = sample_is_colour)

struct sample {
#define OPTION(type, name, ...) OPTION_MEMBER_##type(name);
	SAMPLE_OPTIONS
#undef OPTION
};

enum sample_index {
#define OPTION(type, name, ...) SAMPLE_##name,
	SAMPLE_OPTIONS
#undef OPTION
		SAMPLE_COUNT
};

/* What the owner of a table may ask of a text. */
static inline int sample_is_colour(const char *text, struct pmc_error *err)
{
	if (strcmp(text, "red") == 0 || strcmp(text, "blue") == 0)
		return 0;
	pmc_error_set(err, -EINVAL, "'%s' is no colour", text);
	return *text == 'r' ? pmc_error_hint(err, "write red") : -EINVAL;
}

static const struct option sample_rows[SAMPLE_COUNT] = {
#define OPTION(type, name, ...) OPTION_ROW(struct sample, SAMPLE_##name, type, name, __VA_ARGS__)
	SAMPLE_OPTIONS
#undef OPTION
};

static const struct option_table sample_table = {.rows = sample_rows, .count = SAMPLE_COUNT};

static inline void sample_init(struct sample *sample)
{
	memset(sample, 0, sizeof(*sample));
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		option_set_default(&sample_rows[i], sample);
}

static inline void sample_done(struct sample *sample)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		option_done(&sample_rows[i], sample);
}

/* The text of one member; valid until the next call. */
static inline const char *sample_shown(const struct sample *sample, enum sample_index index)
{
	static char shown[1024];
	_cleanup_(str_done) struct str out = {};

	option_format(&sample_rows[index], sample, &out);
	snprintf(shown, sizeof(shown), "%s", str_cstr(&out));
	return shown;
}

/* `text` is taken, shown as `expected`, and what is shown (and its JSON) is taken again for the
 * same value. */
static inline void sample_takes(enum sample_index index, const char *text, const char *expected)
{
	const struct option *opt = &sample_rows[index];
	struct sample first, second;
	struct pmc_error err = {};
	json_t *json;

	sample_init(&first);
	sample_init(&second);
	if (option_set_text(opt, &first, text, &err) < 0)
		fail_msg("'%s' is refused: %s", text, err.message);
	assert_string_equal(sample_shown(&first, index), expected);
	json = option_to_json(opt, &first);
	if (!json_is_null(json)) {
		assert_int_equal(option_set_json(opt, &second, json, &err), 0);
		assert_true(option_equal(opt, &first, &second));
	}
	json_decref(json);
	sample_done(&first);
	sample_done(&second);
}

/* `json` (one value, quoted by ') is taken and shown as `expected`. */
static inline void sample_takes_json(enum sample_index index, const char *text,
				     const char *expected)
{
	_cleanup_(mem_freep) char *real = mem_strdup(text);
	struct sample sample;
	struct pmc_error err = {};
	json_t *json;

	for (char *p = real; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	json = json_loads(real, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	sample_init(&sample);
	if (option_set_json(&sample_rows[index], &sample, json, &err) < 0)
		fail_msg("%s is refused: %s", text, err.message);
	assert_string_equal(sample_shown(&sample, index), expected);
	json_decref(json);
	sample_done(&sample);
}

static inline void sample_refuses_json(enum sample_index index, const char *text,
				       const char *message)
{
	_cleanup_(mem_freep) char *real = mem_strdup(text);
	struct sample sample;
	struct pmc_error err = {};
	json_t *json;

	for (char *p = real; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	json = json_loads(real, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	sample_init(&sample);
	assert_int_equal(option_set_json(&sample_rows[index], &sample, json, &err), -EINVAL);
	assert_string_equal(err.message, message);
	json_decref(json);
	sample_done(&sample);
}

/* `text` is refused with this message, and the member keeps its value. */
static inline void sample_refuses(enum sample_index index, const char *text, const char *message)
{
	struct sample sample, untouched;
	struct pmc_error err = {};

	sample_init(&sample);
	sample_init(&untouched);
	assert_int_equal(option_set_text(&sample_rows[index], &sample, text, &err), -EINVAL);
	assert_string_equal(err.message, message);
	assert_true(option_equal(&sample_rows[index], &sample, &untouched));
	sample_done(&sample);
	sample_done(&untouched);
}
