#include "cli/log_set.h"

#include <stdlib.h>
#include <string.h>

#include "cli/log_source.h"
#include "cli/out/json.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define LABEL_MAX 24

static struct log_source *find(const struct log_set *set, const char *path)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->sources[i].path, path) == 0)
			return &set->sources[i];
	}
	return NULL;
}

static enum log_stream stream_of(const json_t *row)
{
	const char *word = json_get_text(row, "stream", "out");

	if (strcmp(word, "err") == 0)
		return LOG_STREAM_ERR;
	return strcmp(word, "all") == 0 ? LOG_STREAM_ALL : LOG_STREAM_OUT;
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
		    stream_of(other) != LOG_STREAM_ALL && has_file(other))
			return true;
	}
	return false;
}

static bool wanted(const json_t *rows, const json_t *row, enum log_set_want want)
{
	enum log_stream stream = stream_of(row);

	if (!has_file(row))
		return false;
	if (stream == LOG_STREAM_ALL)
		return want == LOG_SET_BOTH && !has_single_streams(rows, row);
	return want == LOG_SET_BOTH || (want == LOG_SET_OUT) == (stream == LOG_STREAM_OUT);
}

static void add(struct log_set *set, const json_t *row)
{
	const char *path = json_get_text(row, "path", ""), *name = json_get_text(row, "name", "?");
	json_int_t id = json_integer_value(json_object_get(row, "pm_id"));
	struct log_source *known = find(set, path);
	_cleanup_(mem_freep) char *label = NULL;

	if (known) { /* several write to it: the number says nothing any more */
		label = mem_strdup(name);
		free(known->label);
		known->label = steal_ptr(&label);
		return;
	}
	label = mem_printf("%" JSON_INTEGER_FORMAT "|%s", id, name);
	set->sources = mem_resize(set->sources, set->count + 1, sizeof(*set->sources));
	log_source_init(&set->sources[set->count++], path, label, stream_of(row));
}

void log_set_read(struct log_set *set, const json_t *reply, enum log_set_want want)
{
	json_t *rows = json_object_get(reply, "streams"), *row;
	size_t i;

	*set = (struct log_set){};
	json_array_foreach(rows, i, row)
	{
		if (wanted(rows, row, want))
			add(set, row);
	}
}

void log_set_add_daemon(struct log_set *set, const char *path)
{
	set->sources = mem_resize(set->sources, set->count + 1, sizeof(*set->sources));
	memmove(set->sources + 1, set->sources, set->count * sizeof(*set->sources));
	log_source_init(set->sources, path, "pmc", LOG_STREAM_DAEMON);
	set->count++;
}

void log_set_done(struct log_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		log_source_done(&set->sources[i]);
	free(set->sources);
	*set = (struct log_set){};
}

void log_set_inherit(struct log_set *set, struct log_set *old)
{
	for (size_t i = 0; i < set->count; i++) {
		struct log_source *from = find(old, set->sources[i].path), taken;

		if (!from)
			continue;
		taken = *from;
		taken.watch = -1;
		from->fd = -1;
		from->partial = (struct str){};
		/* the label may have changed: another instance writes to the same file now */
		taken.label = set->sources[i].label;
		taken.path = set->sources[i].path;
		set->sources[i] = taken;
	}
}

unsigned log_set_label_width(const struct log_set *set)
{
	unsigned width = 1;

	for (size_t i = 0; i < set->count; i++) {
		unsigned w = utf8_width(set->sources[i].label, strlen(set->sources[i].label));

		if (w > width)
			width = w;
	}
	return width > LABEL_MAX ? LABEL_MAX : width;
}
