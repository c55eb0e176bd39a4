#include "cli/report.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/listing.h"
#include "cli/out/json.h"
#include "cli/out/style.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define WIDTH 100

static void fact(struct str *out, const char *key, const char *value)
{
	str_appendf(out, "%-16s: ", key);
	utf8_escape(out, value ? value : "-", value ? strlen(value) : 1, false);
	str_append_char(out, '\n');
}

static void title(struct str *out, const char *text)
{
	str_appendf(out, "--- %s ", text);
	str_append_repeat(out, '-', 60 - strlen(text));
	str_append_char(out, '\n');
}

static void number(struct str *out, const char *key, const json_t *object, const char *member)
{
	str_appendf(out, "%-16s: %" JSON_INTEGER_FORMAT "\n", key,
		    json_integer_value(json_object_get(object, member)));
}

static void append_program(const struct report *report, struct str *out)
{
	_cleanup_(str_done) struct str now = {};

	clock_format_iso(&now, clock_wall_us());
	title(out, "pmc");
	fact(out, "Date", str_cstr(&now));
	fact(out, "pmc version", PMC_VERSION);
	fact(out, "home", report->home);
}

static void append_daemon(const struct report *report, struct str *out)
{
	const json_t *ping = report->ping;
	_cleanup_(str_done) struct str since = {};

	title(out, "Daemon");
	if (!ping) {
		str_append(out, "No daemon is running.\n");
		return;
	}
	clock_format_iso(&since, json_integer_value(json_object_get(ping, "started_us")));
	fact(out, "pmcd version", json_get_text(ping, "version", "?"));
	number(out, "pid", ping, "engine_pid");
	number(out, "keeper pid", ping, "keeper_pid");
	fact(out, "engine started", str_cstr(&since));
	number(out, "engine restarts", ping, "engine_restarts");
	number(out, "apps", ping, "apps");
	number(out, "orphans", ping, "orphans");
	fact(out, "safe mode", json_get_text(ping, "safe", "off"));
}

/* What the daemon found missing. */
static void append_checks(const json_t *doctor, struct str *out)
{
	json_t *check;
	size_t i;

	json_array_foreach(json_object_get(doctor, "checks"), i, check)
	{
		if (!json_is_true(json_object_get(check, "ok")))
			fact(out, json_get_text(check, "name", "?"),
			     json_get_text(check, "detail", "missing"));
	}
}

static void append_machine(struct str *out)
{
	struct utsname name = {};

	uname(&name);
	title(out, "System");
	str_appendf(out, "%-16s: %s %s %s\n", "kernel", name.sysname, name.release, name.machine);
	str_appendf(out, "%-16s: %ld\n", "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	str_appendf(out, "%-16s: %ld MiB\n", "memory",
		    sysconf(_SC_PHYS_PAGES) / 1024 * (sysconf(_SC_PAGESIZE) / 1024));
	str_appendf(out, "%-16s: %u\n", "user id", geteuid());
}

static void append_log(const char *text, struct str *out)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		utf8_escape(out, text, len, false);
		str_append_char(out, '\n');
		text += len + (text[len] == '\n');
	}
}

void report_append(const struct report *report, struct str *out)
{
	static const struct style plain = {.colors = 0};

	str_append(out, "```\n");
	append_program(report, out);
	append_daemon(report, out);
	append_checks(report->doctor, out);
	append_machine(out);
	if (report->listing) {
		title(out, "List");
		listing_render(report->listing, WIDTH, &plain, out);
	}
	title(out, "Daemon log, last 20 lines");
	append_log(report->log, out);
	str_append(out, "```\n");
}
