#include "cli/progress.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/out/json.h"
#include "cli/out/table.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define LINES_MAX 10 /* more instances than this are counted instead */
#define REDRAW_MS 30
#define FIRST_MS 120 /* what is done sooner needs no progress */

struct progress_row {
	json_int_t pm_id;
	char *name, *text;
	enum instance_state state;
};

void progress_init(struct progress *progress, int fd, const struct style *style)
{
	*progress = (struct progress){.fd = style_redraws(fd) ? fd : -1, .style = *style};
	progress->drawn_ms = clock_now_ms() + FIRST_MS - REDRAW_MS;
}

/* Back to the first of our lines, and clear from there on. */
static void append_take_back(const struct progress *progress, struct str *out)
{
	if (progress->drawn > 0)
		str_appendf(out, "\033[%uA\r\033[J", progress->drawn);
}

void progress_done(struct progress *progress)
{
	_cleanup_(str_done) struct str out = {};

	append_take_back(progress, &out);
	if (out.len > 0)
		(void)fdio_write_all(progress->fd, out.data, out.len);
	for (size_t i = 0; i < progress->count; i++) {
		free(progress->rows[i].name);
		free(progress->rows[i].text);
	}
	free(progress->rows);
	*progress = (struct progress){.fd = -1};
}

static struct progress_row *row_of(struct progress *progress, json_int_t pm_id)
{
	for (size_t i = 0; i < progress->count; i++) {
		if (progress->rows[i].pm_id == pm_id)
			return &progress->rows[i];
	}
	progress->rows = mem_resize(progress->rows, progress->count + 1, sizeof(*progress->rows));
	progress->rows[progress->count] = (struct progress_row){.pm_id = pm_id};
	return &progress->rows[progress->count++];
}

static void append_count(const struct progress *progress, unsigned width, struct str *out)
{
	_cleanup_(str_done) struct str line = {};
	unsigned by_state[STATE_COUNT] = {};

	for (size_t i = 0; i < progress->count; i++)
		by_state[progress->rows[i].state]++;
	str_appendf(&line, "%zu instances:", progress->count);
	for (int state = 0; state < STATE_COUNT; state++) {
		if (by_state[state])
			str_appendf(&line, " %u %s", by_state[state],
				    state_word((enum instance_state)state));
	}
	utf8_fit(out, str_cstr(&line), width - 1);
	str_append_char(out, '\n');
}

static void append_line(const struct progress *progress, const struct progress_row *row,
			unsigned width, struct str *out)
{
	_cleanup_(str_done) struct str line = {};

	str_appendf(&line, "%s %s (%" JSON_INTEGER_FORMAT ") %s", style_state_mark(row->state),
		    row->name, row->pm_id, state_word(row->state));
	if (row->text && *row->text)
		str_appendf(&line, ": %s", row->text);
	str_append(out, style_begin(&progress->style, style_state_role(row->state)));
	utf8_fit(out, str_cstr(&line), width - 1);
	str_append(out, style_end(&progress->style, style_state_role(row->state)));
	str_append_char(out, '\n');
}

unsigned progress_render(const struct progress *progress, unsigned width, struct str *out)
{
	if (progress->count > LINES_MAX) {
		append_count(progress, width, out);
		return 1;
	}
	for (size_t i = 0; i < progress->count; i++)
		append_line(progress, &progress->rows[i], width, out);
	return (unsigned)progress->count;
}

static void draw(struct progress *progress)
{
	_cleanup_(str_done) struct str out = {};
	int64_t now_ms = clock_now_ms();

	if (progress->fd < 0 || !progress->changed || now_ms - progress->drawn_ms < REDRAW_MS)
		return;
	progress->drawn_ms = now_ms;
	progress->changed = false;
	append_take_back(progress, &out);
	progress->drawn = progress_render(progress, table_terminal_width(progress->fd, 80), &out);
	(void)fdio_write_all(progress->fd, out.data, out.len);
}

static void take_record(struct progress *progress, const json_t *record)
{
	json_int_t pm_id = json_integer_value(json_object_get(record, "pm_id"));
	struct progress_row *row = row_of(progress, pm_id);
	enum instance_state state;

	free(row->name);
	free(row->text);
	row->name = mem_strdup(json_get_text(record, "name", "?"));
	row->text = mem_strdup(json_get_text(record, "text", ""));
	if (state_from_word(json_get_text(record, "state", ""), &state) == 0)
		row->state = state;
	progress->changed = true;
}

void progress_update(void *user, const json_t *record)
{
	struct progress *progress = user;

	if (record)
		take_record(progress, record);
	draw(progress);
}

request_progress_fn *progress_fn(const struct progress *progress)
{
	return progress->fd < 0 ? NULL : progress_update;
}
