/* app_view: what list, describe and jlist show of one instance; struct and JSON are the same thing
 * here.
 *
 * The short record (app.list) has the members of the first part; the whole one (app.describe) all
 * of them. Strings are owned. Not known: NULL, -1 for numbers that may be 0. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/model/state.h"

enum app_view_member {
#define MEMBER(type, name, part) APP_VIEW_##name,
#include "shared/model/app_view.def"
#undef MEMBER
	APP_VIEW_MEMBERS
};

/* A set of members. */
#define APP_VIEW_BIT(member) (UINT64_C(1) << (member))

struct app_view {
	/* short */
	int pm_id, number; /* number: the instance's own, from 0 */
	char *name, *namespace;
	enum instance_state state;
	int pid;       /* 0: no process */
	char *mode;    /* "fork" */
	char *user;    /* whom it runs as */
	char *version; /* of the nearest package.json; NULL */
	unsigned restarts, unstable_restarts;
	int64_t started_us, created_us; /* wall clock; started 0: never */
	int64_t uptime_ms;		/* 0 when no process */
	int64_t next_start_ms;		/* waiting: until the next start, from now; -1 */
	double cpu_percent;		/* 100 is one core */
	int64_t memory_bytes;		/* RSS of the leader */
	bool watching;
	bool orphan;	       /* adopted from a keeper that died: its exit status may be lost */
	char *reason;	       /* one sentence: why it is not running; NULL */
	char *log_trouble;     /* its log cannot be written, and why; NULL */
	char *process_trouble; /* what holds its process up now; NULL */

	/* whole */
	char *script, *cwd, *interpreter;
	char *out_path, *err_path, *log_path, *pid_path; /* NULL: none */
	char *last_cause; /* operator, crash, stop_exit_code, exec, daemon; NULL: it has not ended
			     yet */
	int last_code, last_signal; /* of the last end; -1: not known or not that way */
	bool last_core;
	int64_t last_exit_us, last_life_ms; /* 0: it has not ended yet */
	char *stderr_tail;		    /* last lines, when errored; NULL */
	char *unique_id;		    /* a uuid, one for a start */
	json_t *spec;			    /* options as given or defaulted, JSON; owned */
	json_t *env; /* merged environment, secrets masked unless asked for; owned */
};

void app_view_done(struct app_view *view);

/* `whole` false leaves the second part out. New reference. */
json_t *app_view_to_json(const struct app_view *view, bool whole);

/* Members that are missing keep their zero value (-1 for next_start_ms), unknown ones are ignored.
 * -EBADMSG: not such a record. */
int app_view_from_json(json_t *json, struct app_view *ret_view, struct pmc_error *err);

const char *app_view_member_name(enum app_view_member member);

/* -ENOENT: there is no such member in the short record. */
int app_view_member_find(const char *name);

/* One row of a list that says what is in its columns: an array with a value for each name of
 * `names`, null where it says nothing. Unknown names are ignored. -EBADMSG: not such a row. */
int app_view_from_row(json_t *row, json_t *names, struct app_view *ret_view, struct pmc_error *err);
