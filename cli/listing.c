#include "cli/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/connect.h"
#include "cli/listing_notes.h"
#include "cli/out/human.h"
#include "cli/out/json.h"
#include "cli/out/table.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

#define WIDTH_WITHOUT_TERMINAL 300

enum {
	COL_ID,
	COL_NAME,
	COL_NAMESPACE,
	COL_VERSION,
	COL_MODE,
	COL_PID,
	COL_UPTIME,
	COL_RESTARTS,
	COL_STATUS,
	COL_CPU,
	COL_MEMORY,
	COL_USER,
	COL_WATCHING
};

/* What a narrow terminal loses first: what is the same for most apps, then what `describe` tells as
 * well. */
static const struct table_column columns[] = {
	[COL_ID] = {.title = "id", .least = 2, .right = true},
	[COL_NAME] = {.title = "name", .min = 8, .cosy = 18, .least = 6, .most = 40},
	[COL_NAMESPACE] = {.title = "namespace", .min = 9, .drop = 10, .most = 20},
	[COL_VERSION] = {.title = "version", .drop = 11, .most = 12},
	[COL_MODE] = {.title = "mode", .drop = 8},
	[COL_PID] = {.title = "pid", .drop = 7, .least = 5, .right = true},
	[COL_UPTIME] = {.title = "uptime", .drop = 5, .right = true},
	[COL_RESTARTS] = {.title = "↺", .drop = 4, .least = 2, .right = true},
	[COL_STATUS] = {.title = "status", .least = 8},
	[COL_CPU] = {.title = "cpu", .drop = 3, .least = 5, .right = true},
	[COL_MEMORY] = {.title = "mem", .drop = 2, .least = 7, .right = true},
	[COL_USER] = {.title = "user", .drop = 9, .most = 16},
	[COL_WATCHING] = {.title = "watching", .drop = 12},
};

static int by_name_then_id(const void *a, const void *b)
{
	const struct app_view *x = a, *y = b;
	int order = strcmp(x->name ? x->name : "", y->name ? y->name : "");

	return order ? order : (x->pm_id > y->pm_id) - (x->pm_id < y->pm_id);
}

static void read_daemon(json_t *daemon, struct listing *listing)
{
	json_t *safe = json_object_get(daemon, "safe");

	if (json_is_string(safe))
		listing->safe = mem_strdup(json_string_value(safe));
	else if (json_is_true(safe))
		listing->safe = mem_strdup("nothing is started by itself");
	listing->orphans = json_integer_value(json_object_get(daemon, "orphans"));
}

int listing_read(json_t *reply, struct listing *ret_listing, struct pmc_error *err)
{
	json_t *names = json_object_get(reply, "members"), *item;
	json_t *instances = json_object_get(reply, names ? "rows" : "instances");
	struct listing listing = {};
	size_t i;

	if (!json_is_array(instances))
		return pmc_error_set(err, -EBADMSG, "the daemon's answer has no list of instances");
	listing.views = mem_zalloc((json_array_size(instances) + 1) * sizeof(*listing.views));
	json_array_foreach(instances, i, item)
	{
		struct app_view *view = &listing.views[listing.count];
		int r = names ? app_view_from_row(item, names, view, err)
			      : app_view_from_json(item, view, err);

		if (r < 0) {
			listing_done(&listing);
			return r;
		}
		listing.count++;
	}
	qsort(listing.views, listing.count, sizeof(*listing.views), by_name_then_id);
	read_daemon(json_object_get(reply, "daemon"), &listing);
	*ret_listing = listing;
	return 0;
}

void listing_done(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		app_view_done(&listing->views[i]);
	free(listing->views);
	free(listing->safe);
	*listing = (struct listing){};
}

static void set_status(struct table *table, const struct app_view *view)
{
	table_setf(table, COL_STATUS, style_state_role(view->state), "%s %s",
		   style_state_mark(view->state), state_word(view->state));
}

static void set_numbers(struct table *table, const struct app_view *view)
{
	_cleanup_(str_done) struct str uptime = {}, memory = {};
	enum style_role role = view->pid > 0 ? STYLE_PLAIN : STYLE_DIM; /* zeros: no process */

	human_uptime(&uptime, view->uptime_ms);
	human_memory(&memory, view->memory_bytes > 0 ? view->memory_bytes : 0);
	table_setf(table, COL_PID, role, "%d", view->pid);
	table_set(table, COL_UPTIME, role, str_cstr(&uptime));
	table_setf(table, COL_RESTARTS, view->unstable_restarts ? STYLE_WARN : STYLE_PLAIN, "%u",
		   view->restarts);
	table_setf(table, COL_CPU, role, "%.*f%%", view->cpu_percent >= 0.05 ? 1 : 0,
		   view->cpu_percent >= 0.05 ? view->cpu_percent : 0.0);
	table_set(table, COL_MEMORY, role, str_cstr(&memory));
}

static void add_row(struct table *table, const struct app_view *view)
{
	table_row(table);
	table_setf(table, COL_ID, STYLE_ID, "%d", view->pm_id);
	table_set(table, COL_NAME, STYLE_PLAIN, view->name);
	table_set(table, COL_NAMESPACE, STYLE_PLAIN, view->namespace);
	table_set(table, COL_VERSION, view->version ? STYLE_PLAIN : STYLE_DIM,
		  view->version ? view->version : "N/A");
	table_set(table, COL_MODE, STYLE_PLAIN, view->mode);
	set_numbers(table, view);
	set_status(table, view);
	table_set(table, COL_USER, STYLE_PLAIN, view->user);
	table_set(table, COL_WATCHING, view->watching ? STYLE_GOOD : STYLE_DIM,
		  view->watching ? "enabled" : "disabled");
}

unsigned listing_render(const struct listing *listing, unsigned width, const struct style *style,
			struct str *out)
{
	struct table table;
	unsigned dropped;

	table_init(&table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < listing->count; i++)
		add_row(&table, &listing->views[i]);
	dropped = table_render(&table, width, style, out);
	table_done(&table);
	listing_notes_append(listing, width, style, out);
	return dropped;
}

void listing_append(const struct command_context *ctx, const struct listing *listing,
		    struct str *out)
{
	unsigned width = table_terminal_width(STDOUT_FILENO, WIDTH_WITHOUT_TERMINAL);
	unsigned dropped = listing_render(listing, width, &ctx->say.out, out);

	if (dropped == 0 || ctx->say.silent || ctx->flags->watch || isatty(STDOUT_FILENO))
		return;
	say_warn(&ctx->say, "COLUMNS is %u: the table has no room for %u of its columns", width,
		 dropped);
	say_hint(&ctx->say, "unset COLUMNS, or let a script read `pmc jlist`");
}

/* What is no news of this command has no note: it would come again behind every one. */
static void keep_notes_of(struct listing *listing, const json_t *acted)
{
	for (size_t i = 0; i < listing->count; i++) {
		struct app_view *view = &listing->views[i];
		char key[24];

		snprintf(key, sizeof(key), "%d", view->pm_id);
		if (json_object_get(acted, key))
			continue;
		mem_freep(&view->reason);
		mem_freep(&view->log_trouble);
		mem_freep(&view->process_trouble);
		view->reason = view->log_trouble = view->process_trouble = NULL;
	}
}

/* Only what the table and its notes show: an answer a third as long is read three times as fast. */
static json_t *shown_members(void)
{
	static const enum app_view_member shown[] = {
		APP_VIEW_pm_id,
		APP_VIEW_name,
		APP_VIEW_namespace,
		APP_VIEW_state,
		APP_VIEW_pid,
		APP_VIEW_mode,
		APP_VIEW_user,
		APP_VIEW_version,
		APP_VIEW_restarts,
		APP_VIEW_unstable_restarts,
		APP_VIEW_uptime_ms,
		APP_VIEW_cpu_percent,
		APP_VIEW_memory_bytes,
		APP_VIEW_watching,
		APP_VIEW_reason,
		APP_VIEW_log_trouble,
		APP_VIEW_process_trouble,
	};
	json_t *names = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		json_array_append_new(names, json_string(app_view_member_name(shown[i])));
	return json_pack("{s:o}", "members", names);
}

static int show(struct command_context *ctx, bool news)
{
	_cleanup_(str_done) struct str text = {};
	struct listing listing;
	struct pmc_error err = {};
	json_t *reply = NULL;
	int r;

	r = request_call(ctx->connect, "app.list", shown_members(), NULL, NULL, &reply, &err);
	if (r == 0)
		r = listing_read(reply, &listing, &err);
	json_decref(reply);
	if (r < 0)
		return say_error(&ctx->say, &err);
	if (news)
		keep_notes_of(&listing, ctx->acted);
	listing_append(ctx, &listing, &text);
	listing_done(&listing);
	return say_text(&ctx->say, text.data, text.len);
}

int listing_show(struct command_context *ctx)
{
	return show(ctx, false);
}

int listing_news(struct command_context *ctx, int code)
{
	if (ctx->say.silent || !ctx->connect->client || code == COMMAND_INTERRUPTED)
		return code;
	if (code != 0 && !ctx->acted)
		return code;
	return show(ctx, true) ? 1 : code;
}
