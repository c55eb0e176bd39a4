/* option_type: what a type of the option engine is made of. Inside shared/option only; a new type
 * is one descriptor in one of the files beside this, one row in option.c and two lines in
 * option_member.h. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/option/option.h"

struct option_reader {
	struct diagnostics *diags;
	const char *file;
	const struct option *opt;
	const char *key; /* as the user wrote it */
};

struct option_type_ops {
	const char *word; /* "duration" */
	size_t size;	  /* of the member */

	/* Build the value in zeroed memory. False after complaining; what was built is then
	 * released by `done`. */
	bool (*set)(const struct option_reader *reader, void *value, const struct node *node);
	json_t *(*to_json)(const struct option *opt, const void *value);
	void (*format)(const struct option *opt, const void *value, struct str *out);
	bool (*equal)(const void *a, const void *b);
	void (*copy)(void *to, const void *from); /* NULL: plain memory */
	void (*done)(void *value);		  /* NULL: nothing to release */
	json_t *(*schema)(const struct option *opt);
};

/* Add a mistake at the place of `node`: "key: what". Returns false. `hint` may be NULL. */
bool option_type_complain(const struct option_reader *reader, const struct node *node,
			  const char *hint, const char *fmt, ...) _printf_(4, 5);

/* The value of `node` for a message: 'abc' (cut, escaped), a list, a map, nothing. Valid until
 * `scratch` changes. */
const char *option_type_show(const struct node *node, struct str *scratch);

/* Is it a scalar that is not null, of valid UTF-8? Complains if not: "key: expected WHAT, found a
 * list". */
bool option_type_scalar(const struct option_reader *reader, const struct node *node,
			const char *what);

/* {"type": "string"} and the like; new reference. */
json_t *option_type_schema(const char *type);

extern const struct option_type_ops option_number_duration, option_number_size, option_number_int,
	option_choice_bool, option_choice_enum, option_choice_octal;
extern const struct option_type_ops option_text_string, option_text_path, option_text_path_or_bool;
extern const struct option_type_ops option_list_strlist, option_list_names, option_list_or_bool,
	option_ints_list;
extern const struct option_type_ops option_keyval_pairs;
extern const struct option_type_ops option_instances_count, option_limits_map,
	option_signals_sequence;
