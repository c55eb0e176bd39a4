#include "cli/listing_mini.h"

#include <string.h>

#include "cli/listing.h"
#include "cli/out/human.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static void line(struct str *out, const char *key, const char *value)
{
	str_append(out, key);
	str_append(out, " : ");
	utf8_escape(out, value, strlen(value), false);
	str_append_char(out, '\n');
}

static void number(struct str *out, const char *key, long value)
{
	str_appendf(out, "%s : %ld\n", key, value);
}

static void append_one(const struct app_view *view, struct str *out)
{
	_cleanup_(str_done) struct str uptime = {}, memory = {};

	human_uptime(&uptime, view->uptime_ms);
	human_memory(&memory, view->memory_bytes);
	str_append(out, "+--- ");
	utf8_escape(out, view->name, strlen(view->name), false);
	str_append_char(out, '\n');
	line(out, "namespace", view->namespace ? view->namespace : "default");
	line(out, "version", view->version ? view->version : "N/A");
	number(out, "pid", view->pid);
	number(out, "pm2 id", view->pm_id);
	line(out, "status", state_word(view->state));
	line(out, "mode", view->mode ? view->mode : "fork");
	number(out, "restarted", view->restarts);
	line(out, "uptime", str_cstr(&uptime));
	line(out, "memory usage", str_cstr(&memory));
	line(out, "error log", view->err_path ? view->err_path : "/dev/null");
	line(out, "watching", view->watching ? "yes" : "no");
	line(out, "PID file", view->pid_path ? view->pid_path : "N/A");
	str_append_char(out, '\n');
}

void listing_mini_render(const struct listing *listing, struct str *out)
{
	for (size_t i = 0; i < listing->count; i++)
		append_one(&listing->views[i], out);
}
