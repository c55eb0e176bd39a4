/* conf_store: the keys and texts that `pmc set` keeps, in $PMC_HOME/module_conf.json (PM2's name
 * and format: an object, `a:b` lies in the object `a`).
 *
 * Changes are made under a lock and written whole (0600), so that of two commands none is lost. It
 * does not know what a key means, restarts nothing and asks no daemon. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

#include "shared/base/strlist.h"

struct home;
struct pmc_error;

#define CONF_STORE_MAX (1 << 20)       /* bytes of the file */
#define CONF_STORE_VALUE_MAX (1 << 16) /* bytes of one value */
#define CONF_STORE_DEPTH_MAX 8	       /* parts of a key */

struct conf_store {
	json_t *values; /* the object */
	int dir_fd, lock_fd;
};

#define CONF_STORE_NONE ((struct conf_store){.dir_fd = -1, .lock_fd = -1})

/* Read the file; what is not there is empty. Makes nothing. -EINVAL: it is damaged. */
int conf_store_read(const struct home *home, struct conf_store *ret_store, struct pmc_error *err);

/* The same for a change: makes the home, takes the lock (waits for it, at most 5 s). */
int conf_store_open(struct home *home, struct conf_store *ret_store, struct pmc_error *err);

/* Write what was changed. The lock is held until conf_store_done(). */
int conf_store_write(struct conf_store *store, struct pmc_error *err);
void conf_store_done(struct conf_store *store);

/* "a:b.c" → a, b.c; "a.b" → a, b: a key is split at its colons, or, without any, at its dots.
 * -EINVAL: a part is empty, or there are too many. */
int conf_store_split(const char *key, struct strlist *ret_parts, struct pmc_error *err);

/* In memory. -EINVAL: not UTF-8, too long, or in the way of another key. */
int conf_store_set(struct conf_store *store, const char *key, const char *value,
		   struct pmc_error *err);

/* -ENOENT: there is no such key. "all" empties. */
int conf_store_unset(struct conf_store *store, const char *key, struct pmc_error *err);

/* Borrowed: a text or, for `a` of `a:b`, an object. NULL: there is none. */
json_t *conf_store_get(const struct conf_store *store, const char *key);

/* Any value as a text: objects and numbers as JSON. New string. */
char *conf_store_text(const json_t *value);
