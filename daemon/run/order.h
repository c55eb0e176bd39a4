/* order: one command's wait for instances: who asked, what is still to come, what became of each.
 *
 * Several orders may wait for one instance as long as they want the same (up, or down); a newer one
 * that wants the opposite overrides the earlier ones, which are told so. It changes no instance;
 * the supervisor asks it after every step. */
#pragma once
#include <stdbool.h>

#include "daemon/core/turns.h" /* for who orders a few at a time */
#include "shared/model/state.h"

struct instance;
struct order;

/* RELOAD is a RESTART of which one at a time is under way, so that it can be asked for. */
enum order_verb { ORDER_START, ORDER_STOP, ORDER_RESTART, ORDER_RELOAD, ORDER_DELETE };

#define ORDER_MESSAGE_MAX 1024

struct order_result {
	enum order_verb verb;
	int pm_id, number;
	const char *name; /* valid during the call */
	bool ok;
	enum instance_state state;
	int pid;
	char message[ORDER_MESSAGE_MAX];
	char hint[512];
};

struct order_callbacks {
	void (*on_progress)(const struct order_result *now,
			    void *owner); /* a new state, still under way */
	void (*on_result)(const struct order_result *result, void *owner);
	void (*on_done)(void *owner); /* after the last result; the order is gone */
	void *owner;
};

struct order *order_create(enum order_verb verb, const struct order_callbacks *callbacks);

/* Wait for this instance too; whoever waits for the opposite is told that it will not come. */
void order_add(struct order *order, struct instance *inst);

/* Nothing more will be added: done at once if nothing is pending. */
void order_seal(struct order *order);

/* The instance made a step: is its order satisfied, failed, or still to wait? */
void order_look(struct instance *inst);

/* The instance is gone (deleted). */
void order_gone(struct instance *inst);

/* Does somebody wait for this instance with this verb? */
bool order_is_under_way(const struct instance *inst, enum order_verb verb);

const char *order_verb_word(enum order_verb verb); /* "start" */
