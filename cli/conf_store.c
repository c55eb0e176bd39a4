#include "cli/conf_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/config/home.h"

#define FILE_NAME "module_conf.json"
#define LOCK_NAME "module_conf.lock"
#define LOCK_WAIT_MS 5000

void conf_store_done(struct conf_store *store)
{
	json_decref(store->values);
	fdio_closep(&store->lock_fd);
	fdio_closep(&store->dir_fd);
	*store = CONF_STORE_NONE;
}

static int parse(const char *path, const struct str *text, json_t **ret_values,
		 struct pmc_error *err)
{
	json_error_t where;
	json_t *values = text->len
				 ? json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, &where)
				 : json_object();

	if (!values) {
		pmc_error_set(err, -EINVAL, "it is damaged: %s", where.text);
		pmc_error_at(err, path, where.line, where.column);
	} else if (!json_is_object(values)) {
		json_decref(values);
		pmc_error_set(err, -EINVAL, "it is damaged: there is no object in it");
		pmc_error_at(err, path, 1, 1);
	} else {
		*ret_values = values;
		return 0;
	}
	return pmc_error_hint(err, "mend it, or move it away to begin with an empty one");
}

int conf_store_read(const struct home *home, struct conf_store *ret_store, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *path = home_file(home, FILE_NAME);
	_cleanup_(str_done) struct str text = {};
	int r;

	*ret_store = CONF_STORE_NONE;
	r = fdio_read_file(AT_FDCWD, path, CONF_STORE_MAX, &text, err);
	if (r < 0 && r != -ENOENT)
		return r;
	return parse(path, &text, &ret_store->values, err);
}

/* Somebody who was stopped while he wrote must not keep all others for ever. */
static int take_lock(struct conf_store *store, const char *home, struct pmc_error *err)
{
	int64_t deadline_ms = clock_now_ms() + LOCK_WAIT_MS;

	store->lock_fd = openat(store->dir_fd, LOCK_NAME,
				O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (store->lock_fd < 0)
		return pmc_error_errno(err, -errno, "cannot write in %s", home);
	while (flock(store->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return pmc_error_errno(err, -errno, "cannot lock %s/%s", home, LOCK_NAME);
		if (clock_now_ms() > deadline_ms)
			return pmc_error_set(err, -EAGAIN, "another pmc is writing %s/%s", home,
					     FILE_NAME);
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	return 0;
}

int conf_store_open(struct home *home, struct conf_store *ret_store, struct pmc_error *err)
{
	struct conf_store store = CONF_STORE_NONE;
	int r = home_make(home, err);

	if (r == 0) {
		store.dir_fd = open(home->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (store.dir_fd < 0)
			r = pmc_error_errno(err, -errno, "cannot open %s", home->path);
	}
	if (r == 0)
		r = take_lock(&store, home->path, err);
	if (r == 0)
		r = conf_store_read(home, ret_store, err);
	if (r < 0) {
		conf_store_done(&store);
		return r;
	}
	ret_store->dir_fd = store.dir_fd;
	ret_store->lock_fd = store.lock_fd;
	return 0;
}

int conf_store_write(struct conf_store *store, struct pmc_error *err)
{
	_cleanup_(str_done) struct str text = {};
	char *json = json_dumps(store->values, JSON_INDENT(2));
	int r;

	str_append(&text, json ? json : "{}");
	str_append_char(&text, '\n');
	free(json);
	if (text.len > CONF_STORE_MAX)
		return pmc_error_set(err, -EFBIG, "%s would be larger than %d MiB", FILE_NAME,
				     CONF_STORE_MAX >> 20);
	r = fdio_replace_file(store->dir_fd, FILE_NAME, text.data, text.len);
	return r < 0 ? pmc_error_errno(err, r, "cannot write %s", FILE_NAME) : 0;
}

int conf_store_split(const char *key, struct strlist *ret_parts, struct pmc_error *err)
{
	const char separator = strchr(key, ':') ? ':' : '.';
	const char *end, *part = key;

	if (!utf8_valid(key, strlen(key)))
		return pmc_error_set(err, -EINVAL, "the key is not UTF-8");
	do {
		end = strchrnul(part, separator);
		if (end == part || ret_parts->count == CONF_STORE_DEPTH_MAX)
			return pmc_error_set(err, -EINVAL,
					     "a key is 'name' or 'app:name', not '%s'", key);
		strlist_take(ret_parts, mem_strndup(part, (size_t)(end - part)));
		part = end + 1;
	} while (*end);
	return 0;
}

/* The object that holds the last part of the key; NULL: there is none, or (with `make`) something
 * else is in the way. */
static json_t *holder(const struct conf_store *store, const struct strlist *parts, bool make)
{
	json_t *at = store->values;

	for (size_t i = 0; at && i + 1 < parts->count; i++) {
		json_t *next = json_object_get(at, parts->items[i]);

		if (!next && make) {
			next = json_object();
			json_object_set_new(at, parts->items[i], next);
		}
		at = json_is_object(next) ? next : NULL;
	}
	return at;
}

int conf_store_set(struct conf_store *store, const char *key, const char *value,
		   struct pmc_error *err)
{
	_cleanup_(strlist_done) struct strlist parts = {};
	json_t *at, *text;
	int r = conf_store_split(key, &parts, err);

	if (r < 0)
		return r;
	if (strlen(value) > CONF_STORE_VALUE_MAX)
		return pmc_error_set(err, -EINVAL, "the value of '%s' is longer than %d KiB", key,
				     CONF_STORE_VALUE_MAX >> 10);
	text = json_string(value);
	if (!text)
		return pmc_error_set(err, -EINVAL, "the value of '%s' is not UTF-8", key);
	at = holder(store, &parts, true);
	if (!at || json_is_object(json_object_get(at, parts.items[parts.count - 1]))) {
		json_decref(text);
		pmc_error_set(err, -EINVAL, "'%s' cannot have a value of its own and keys below it",
			      at ? key : parts.items[0]);
		return pmc_error_hint(err, "take the old one away first: pmc unset %s",
				      at ? key : parts.items[0]);
	}
	json_object_set_new(at, parts.items[parts.count - 1], text);
	return 0;
}

/* Objects that have become empty go as well. */
static void drop_empty(json_t *values)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(values, next, name, value)
	{
		drop_empty(value);
		if (json_is_object(value) && json_object_size(value) == 0)
			json_object_del(values, name);
	}
}

int conf_store_unset(struct conf_store *store, const char *key, struct pmc_error *err)
{
	_cleanup_(strlist_done) struct strlist parts = {};
	json_t *at;
	int r = conf_store_split(key, &parts, err);

	if (r < 0)
		return r;
	if (strcmp(key, "all") == 0)
		return json_object_clear(store->values);
	at = holder(store, &parts, false);
	if (json_object_del(at, parts.items[parts.count - 1]) < 0) {
		pmc_error_set(err, -ENOENT, "there is no key '%s'", key);
		return pmc_error_hint(err, "`pmc get` lists all");
	}
	drop_empty(store->values);
	return 0;
}

json_t *conf_store_get(const struct conf_store *store, const char *key)
{
	_cleanup_(strlist_done) struct strlist parts = {};

	if (conf_store_split(key, &parts, NULL) < 0)
		return NULL;
	return json_object_get(holder(store, &parts, false), parts.items[parts.count - 1]);
}

char *conf_store_text(const json_t *value)
{
	return json_is_string(value) ? mem_strdup(json_string_value(value))
				     : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}
