/* event: one thing that happened, as a value. Made by the supervisor, stored by history, sent to
 * followers. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum event_type {
#define EVENT(id, name, doc) EVENT_##id,
#include "shared/ipc/events.def"
#undef EVENT
};

enum event_cause {
	CAUSE_NONE,
	CAUSE_OPERATOR,
	CAUSE_CRASH,
	CAUSE_STOP_EXIT_CODE,
	CAUSE_EXEC,
	CAUSE_DAEMON,
	CAUSE_MEMORY,
	CAUSE_DEPENDENCY
};

#define EVENT_NAME_MAX 256
#define EVENT_DETAIL_MAX 512

struct event {
	uint64_t id; /* given by the bus: grows by one, from the store's highest on */
	enum event_type type;
	enum event_cause cause;
	int64_t time_us; /* wall clock of the fact itself, not of its discovery; 0: the bus fills it
			    in */
	char app[EVENT_NAME_MAX]; /* "" for events of the daemon */
	int pm_id, number;	  /* -1 for events of the daemon */
	int pid;		  /* 0: none */
	uint64_t seq; /* the life it belongs to; 0: none. With the type and the boot it names the
			 fact once */
	int code, signal; /* of an exit; -1: not that way, or not known */
	bool core;
	bool again;    /* an earlier engine may have told it: stored only if it is not there */
	uint64_t mark; /* given by the bus's first listener */
	char detail[EVENT_DETAIL_MAX]; /* a sentence; may be empty */
};

/* The words of events.def, and back. */
const char *event_type_name(enum event_type type);
int event_type_from_name(const char *name, enum event_type *ret_type);	  /* -EINVAL */
const char *event_cause_name(enum event_cause cause);			  /* "" for CAUSE_NONE */
int event_cause_from_name(const char *name, enum event_cause *ret_cause); /* -EINVAL */
