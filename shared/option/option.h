/* option: the option engine, blind to meaning. A table of rows describes the members of a struct;
 * this sets, prints, compares and explains them. It knows types, not what an option does: that is
 * the table's (shared/spec, shared/config) and the reader's of the struct.
 *
 * A `base` is the struct the table describes. Mistakes go to `struct diagnostics` with their place,
 * or to `pmc_error`. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diagnostics;
struct json_t;
struct node;
struct pmc_error;
struct str;

enum option_type {
	OPTION_DURATION,     /* int64_t x_ms: 10s, 5m; a bare number is milliseconds */
	OPTION_SIZE,	     /* int64_t x_bytes: 100M, 0.5G; a bare number is bytes */
	OPTION_INT,	     /* int64_t */
	OPTION_BOOL,	     /* bool: true/false, yes/no, on/off */
	OPTION_STRING,	     /* char *; .max is the longest length in bytes */
	OPTION_PATH,	     /* char *; not looked at here */
	OPTION_PATH_OR_BOOL, /* char *: a path, "true" for the default place, NULL for none */
	OPTION_ENUM,	     /* int: index into .choices */
	OPTION_OCTAL,	     /* int, digits are octal; -1: not given */
	OPTION_STRLIST, /* struct strlist: a list, or a string that is split into shell words */
	OPTION_NAMES,	/* struct strlist: a list, or words separated by commas or blanks */
	OPTION_LIST_OR_BOOL, /* struct spec_bool_or_list */
	OPTION_INTLIST,	     /* struct spec_ints: a number, "1 2", a list */
	OPTION_KEYVAL,	     /* struct keyval: a map; values that are no scalars become JSON text */
	OPTION_INSTANCES,    /* struct spec_instances: N, max, -1, N% */
	OPTION_LIMITS,	     /* struct spec_limits: a map of resource limits */
	OPTION_SIGNALS,	     /* struct spec_signals: SIGINT 5s, SIGTERM 5s, SIGKILL */
};

/* What changing an option of a running app needs, from weak to strong. */
enum option_applies {
	APPLIES_NOTHING = -1, /* no option changed */
	APPLIES_LIVE = 0,     /* the new value is simply used from now on */
	APPLIES_RESTART,      /* the process must be started again */
	APPLIES_PLAN,	      /* instances come or go, or the app gets another name */
};

enum option_status {
	OPTION_OBEYED,
	OPTION_NOT_YET, /* read and checked, but nothing obeys it yet */
};

struct option {
	const char *name; /* snake_case, the key everywhere */
	enum option_type type;
	size_t offset;		    /* of the member in the table's struct */
	unsigned index;		    /* of this row */
	const char *const *aliases; /* NULL-terminated; NULL: none */
	const char *flag; /* long flag without "--"; a BOOL also has "--no-flag". NULL: none */
	char short_flag;  /* 0: none */
	const char *def;  /* default as text; NULL: zero, empty */
	int64_t min, max; /* bounds of numbers, in their unit; both 0: those of the type */
	/* STRING, PATH: what the text must be, known to the owner of the table; its message goes
	 * behind the key. NULL: anything. */
	int (*check)(const char *text, struct pmc_error *err);
	const char *const
		*choices; /* ENUM: "fork|fork_mode": the first word is the canonical one */
	enum option_applies applies;
	enum option_status status;
	const char *doc; /* one or two sentences */
};

struct option_table {
	const struct option *rows;
	size_t count;
};

/* Values are built beside the struct before they replace the old one; no value type is larger than
 * this. */
#define OPTION_VALUE_MAX 256
/* Entries of one list or map. */
#define OPTION_ENTRIES_MAX 4096
/* Bytes of one string; what the kernel takes as one argument. */
#define OPTION_STRING_MAX (128 * 1024 - 1)

/* By key, alias, or the camelCase spelling of either. NULL: none. */
const struct option *option_find(const struct option_table *table, const char *key);

/* By long flag without dashes. `*ret_negated` for "no-autorestart" of a BOOL. NULL: none. */
const struct option *option_find_flag(const struct option_table *table, const char *flag,
				      bool *ret_negated);
const struct option *option_find_short(const struct option_table *table, char flag);

/* The key that was probably meant by an unknown one, in the table's spelling; NULL: nothing near.
 */
const char *option_suggest(const struct option_table *table, const char *key);

/* maxMemoryRestart → max_memory_restart. New string. */
char *option_snake(const char *key);

/* Set from what was read; nothing changes on a mistake. -EINVAL after every mistake was added to
 * `diags`. `file` is for the messages and may be NULL. */
int option_set_node(const struct option *opt, void *base, const struct node *node,
		    struct diagnostics *diags, const char *file);

/* Set from text (a flag, a line of an INI file) or JSON (a message). The first mistake is in `err`.
 */
int option_set_text(const struct option *opt, void *base, const char *text, struct pmc_error *err);
int option_set_json(const struct option *opt, void *base, struct json_t *json,
		    struct pmc_error *err);

/* Back to the default. Also what initialises a member of a zeroed struct. */
void option_set_default(const struct option *opt, void *base);

/* The value as JSON that reads back to the same (new reference), or as text that does. */
struct json_t *option_to_json(const struct option *opt, const void *base);
void option_format(const struct option *opt, const void *base, struct str *out);

/* Append `word` so that a shell, or strlist_split_words(), takes it for one word. */
void option_quote(const char *word, struct str *out);

/* Have `a` and `b` the same value? */
bool option_equal(const struct option *opt, const void *a, const void *b);
void option_copy(const struct option *opt, void *to,
		 const void *from); /* the member of `to` must be empty */
void option_done(const struct option *opt, void *base);

/* JSON Schema (2020-12) of what is accepted, without default and description; new reference. */
struct json_t *option_schema(const struct option *opt);

/* The word for a value in help texts: "duration", "path", "fork|cluster". */
void option_type_word(const struct option *opt, struct str *out);
