#include "cli/log_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/out/json.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define LABEL_MAX 24

static struct log_set_file *find(const struct log_set *set, const char *path)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->files[i]->path, path) == 0)
			return set->files[i];
	}
	return NULL;
}

static enum log_set_stream stream_of(const json_t *row)
{
	const char *word = json_get_text(row, "stream", "out");

	if (strcmp(word, "err") == 0)
		return LOG_SET_STREAM_ERR;
	return strcmp(word, "all") == 0 ? LOG_SET_STREAM_ALL : LOG_SET_STREAM_OUT;
}

static bool has_file(const json_t *row)
{
	const char *path = json_get_text(row, "path", NULL);

	return path && strcmp(path, "/dev/null") != 0;
}

/* Has this row's instance files of its own for the single streams? */
static bool has_single_streams(const json_t *rows, const json_t *row)
{
	json_int_t id = json_integer_value(json_object_get(row, "pm_id"));
	json_t *other;
	size_t i;

	json_array_foreach(rows, i, other)
	{
		if (json_integer_value(json_object_get(other, "pm_id")) == id &&
		    stream_of(other) != LOG_SET_STREAM_ALL && has_file(other))
			return true;
	}
	return false;
}

static bool wanted(const json_t *rows, const json_t *row, enum log_set_want want)
{
	enum log_set_stream stream = stream_of(row);

	if (!has_file(row))
		return false;
	if (stream == LOG_SET_STREAM_ALL)
		return want == LOG_SET_BOTH && !has_single_streams(rows, row);
	return want == LOG_SET_BOTH || (want == LOG_SET_OUT) == (stream == LOG_SET_STREAM_OUT);
}

/* `label` is taken. */
static struct log_set_file *add(struct log_set *set, const char *path, char *label,
				enum log_set_stream stream)
{
	struct log_set_file *file = mem_zalloc(sizeof(*file));

	file->path = mem_strdup(path);
	file->label = label;
	file->stream = stream;
	set->files = mem_resize(set->files, set->count + 1, sizeof(struct log_set_file *));
	set->files[set->count++] = file;
	return file;
}

static void add_row(struct log_set *set, const json_t *row)
{
	const char *path = json_get_text(row, "path", ""), *name = json_get_text(row, "name", "?");
	json_int_t id = json_integer_value(json_object_get(row, "pm_id"));
	struct log_set_file *known = find(set, path);
	_cleanup_(mem_freep) char *label = mem_printf("%" JSON_INTEGER_FORMAT "|%s", id, name);

	if (!known) {
		known = add(set, path, steal_ptr(&label), stream_of(row));
		known->name = mem_strdup(name);
		known->pm_id = (int)id;
	} else if (strcmp(known->label, label) != 0) {
		free(known->label); /* several write to it: the number says nothing any more */
		known->label = mem_strdup(name);
		known->pm_id = -1;
	}
}

void log_set_add(struct log_set *set, const json_t *reply, enum log_set_want want)
{
	json_t *rows = json_object_get(reply, "streams"), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (wanted(rows, row, want))
			add_row(set, row);
	}
}

void log_set_add_daemon(struct log_set *set, const char *path)
{
	add(set, path, mem_strdup("pmc"), LOG_SET_STREAM_DAEMON)->pm_id = -1;
}

void log_set_done(struct log_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->files[i]->path);
		free(set->files[i]->label);
		free(set->files[i]->name);
		free(set->files[i]);
	}
	free(set->files);
	*set = (struct log_set){};
}

static int64_t modified_ns(const struct log_set_file *file)
{
	struct stat st;

	if (file->stream == LOG_SET_STREAM_DAEMON || stat(file->path, &st) < 0)
		return -1;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static int by_time(const void *a, const void *b)
{
	const struct log_set_file *const *x = a, *const *y = b;
	int64_t x_ns = modified_ns(*x), y_ns = modified_ns(*y);

	return (x_ns > y_ns) - (x_ns < y_ns);
}

void log_set_sort(struct log_set *set)
{
	if (set->count > 1)
		qsort(set->files, set->count, sizeof(struct log_set_file *), by_time);
}

unsigned log_set_label_width(const struct log_set *set)
{
	unsigned width = 1;

	for (size_t i = 0; i < set->count; i++) {
		unsigned w = utf8_width(set->files[i]->label, strlen(set->files[i]->label));

		if (w > width)
			width = w;
	}
	return width > LABEL_MAX ? LABEL_MAX : width;
}
