#include "cli/describe.h"

#include <stdarg.h>
#include <string.h>

#include "cli/out/human.h"
#include "cli/out/json.h"
#include "cli/out/style.h"
#include "cli/out/table.h"
#include "cli/out/wrap.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/units.h"
#include "shared/base/utf8.h"
#include "shared/model/app_view.h"

#define STDERR_INDENT 3

static const struct table_column columns[] = {
	{.title = "key", .least = 17},
	{.title = "value", .min = 8, .wrap = true},
};

static void row(struct table *table, const char *key, enum style_role role, const char *value)
{
	table_row(table);
	table_set(table, 0, STYLE_TITLE, key);
	table_set(table, 1, value ? role : STYLE_DIM, value ? value : "N/A");
}

static void rowf(struct table *table, const char *key, const char *fmt, ...) _printf_(3, 4);

static void rowf(struct table *table, const char *key, const char *fmt, ...)
{
	_cleanup_(str_done) struct str text = {};
	va_list args;

	va_start(args, fmt);
	str_appendv(&text, fmt, args);
	va_end(args);
	row(table, key, STYLE_PLAIN, str_cstr(&text));
}

static void row_when(struct table *table, const char *key, int64_t wall_us, int64_t now_us)
{
	_cleanup_(str_done) struct str text = {};

	human_when(&text, wall_us, now_us);
	row(table, key, STYLE_PLAIN, str_cstr(&text));
}

/* A list of words as they would be typed; NULL when there are none. */
static void row_words(struct table *table, const char *key, const json_t *list)
{
	_cleanup_(str_done) struct str text = {};
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		str_appendf(&text, "%s%s", i ? " " : "",
			    json_string_value(item) ? json_string_value(item) : "");
	row(table, key, STYLE_PLAIN, text.len ? text.data : NULL);
}

void describe_end(const struct app_view *view, struct str *out)
{
	if (str_equal(view->last_cause, "exec"))
		str_append(out, "could not be executed");
	else if (view->last_signal > 0)
		str_appendf(out, "killed by %s%s", units_signal_name(view->last_signal),
			    view->last_core ? " (core dumped)" : "");
	else if (view->last_code >= 0)
		str_appendf(out, "exit code %d", view->last_code);
	else
		str_append(out, "in a way nobody saw (its keeper had died)");
}

static void add_state(struct table *table, const struct app_view *view)
{
	_cleanup_(str_done) struct str text = {};

	str_appendf(&text, "%s %s", style_state_mark(view->state), state_word(view->state));
	row(table, "status", style_state_role(view->state), str_cstr(&text));
	if (view->reason)
		row(table, "reason", STYLE_WARN, view->reason);
	if (view->process_trouble)
		row(table, "process", STYLE_WARN, view->process_trouble);
	if (view->log_trouble)
		row(table, "log", STYLE_WARN, view->log_trouble);
	if (view->state == STATE_WAITING && view->next_start_ms >= 0) {
		str_clear(&text);
		str_append(&text, "in ");
		units_human_duration(&text, view->next_start_ms);
		row(table, "next start", STYLE_CHANGE, str_cstr(&text));
	}
	if (view->orphan)
		row(table, "orphan", STYLE_WARN,
		    "adopted from a keeper that died: how it ends may stay unknown until it is "
		    "restarted");
}

static void add_last_exit(struct table *table, const struct app_view *view, int64_t now_us)
{
	_cleanup_(str_done) struct str text = {};

	if (view->last_exit_us <= 0)
		return;
	describe_end(view, &text);
	str_append(&text, " after ");
	units_human_duration(&text, view->last_life_ms);
	if (view->last_cause)
		str_appendf(&text, ", cause: %s", view->last_cause);
	row(table, "last exit", STYLE_PLAIN, str_cstr(&text));
	row_when(table, "last exit at", view->last_exit_us, now_us);
}

static void add_numbers(struct table *table, const struct app_view *view)
{
	_cleanup_(str_done) struct str uptime = {}, memory = {};

	human_uptime(&uptime, view->uptime_ms);
	human_memory(&memory, view->memory_bytes);
	rowf(table, "pid", "%d", view->pid);
	rowf(table, "restarts", "%u", view->restarts);
	rowf(table, "unstable restarts", "%u", view->unstable_restarts);
	rowf(table, "uptime", "%s", str_cstr(&uptime));
	if (view->pid > 0)
		rowf(table, "cpu and memory", "%.1f%%, %s", view->cpu_percent, str_cstr(&memory));
}

static void add_program(struct table *table, const struct app_view *view)
{
	row(table, "script path", STYLE_PLAIN, view->script);
	row_words(table, "script args", json_object_get(view->spec, "args"));
	row(table, "interpreter", STYLE_PLAIN, view->interpreter);
	row_words(table, "interpreter args", json_object_get(view->spec, "interpreter_args"));
	row(table, "exec cwd", STYLE_PLAIN, view->cwd);
	rowf(table, "exec mode", "%s_mode", view->mode ? view->mode : "fork");
	row(table, "user", STYLE_PLAIN, view->user);
}

static void add_paths(struct table *table, const struct app_view *view)
{
	row(table, "error log path", STYLE_PLAIN, view->err_path);
	row(table, "out log path", STYLE_PLAIN, view->out_path);
	if (view->log_path)
		row(table, "entire log path", STYLE_PLAIN, view->log_path);
	row(table, "pid path", STYLE_PLAIN, view->pid_path);
}

/* As the app wrote it; what is wider than the terminal goes on below its first letter. */
static void append_stderr_line(const char *line, size_t len, unsigned width, struct str *out)
{
	size_t blanks = strspn(line, " ");
	unsigned indent = STDERR_INDENT + (unsigned)(blanks < 8 ? blanks : 8);

	if (STDERR_INDENT + utf8_width(line, len) <= width) {
		str_append_repeat(out, ' ', STDERR_INDENT);
		utf8_escape(out, line, len, false);
		str_append_char(out, '\n');
	} else {
		_cleanup_(mem_freep) char *text = mem_strndup(line + blanks, len - blanks);

		str_append_repeat(out, ' ', indent);
		wrap_append(out, indent, width, text);
	}
}

static void append_stderr(const struct app_view *view, unsigned width, const struct style *style,
			  struct str *out)
{
	const char *line = view->stderr_tail;

	if (!line || !*line || view->state == STATE_ONLINE)
		return;
	style_appendf(style, out, STYLE_TITLE, " Last lines of stderr");
	str_append(out, "\n");
	str_append(out, style_begin(style, STYLE_ERR_STREAM));
	while (*line) {
		size_t len = strcspn(line, "\n");

		append_stderr_line(line, len, width, out);
		line += len + (line[len] == '\n');
	}
	str_append(out, style_end(style, STYLE_ERR_STREAM));
}

void describe_render(const struct app_view *view, const char *node, int64_t now_us, unsigned width,
		     const struct style *style, struct str *out)
{
	const char *node_env = json_get_text(view->env, "NODE_ENV", NULL);
	_cleanup_(str_done) struct str title = {};
	struct table table;

	str_appendf(&title, "Describing process with id %d - name %s", view->pm_id, view->name);
	str_append_char(out, ' ');
	str_append(out, style_begin(style, STYLE_TITLE));
	wrap_append(out, 1, width, str_cstr(&title));
	str_append(out, style_end(style, STYLE_TITLE));

	table_init(&table, columns, ARRAY_SIZE(columns));
	table.headless = true;
	add_state(&table, view);
	row(&table, "name", STYLE_PLAIN, view->name);
	row(&table, "namespace", STYLE_PLAIN, view->namespace);
	row(&table, "version", STYLE_PLAIN, view->version);
	rowf(&table, "script id", "%d", view->pm_id);
	rowf(&table, "instance", "%d", view->number);
	add_numbers(&table, view);
	add_last_exit(&table, view, now_us);
	add_program(&table, view);
	if (node)
		row(&table, "node.js version", STYLE_PLAIN, node);
	if (node_env)
		row(&table, "node env", STYLE_PLAIN, node_env);
	add_paths(&table, view);
	row(&table, "watch & reload", STYLE_PLAIN, view->watching ? "✔" : "✘");
	row_when(&table, "started at", view->started_us, now_us);
	row_when(&table, "created at", view->created_us, now_us);
	table_render(&table, width, style, out);
	table_done(&table);
	append_stderr(view, width, style, out);
}
