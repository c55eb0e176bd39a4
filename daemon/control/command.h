/* command: a changing command on instances, from its targets to intent, orders and answer.
 *
 * begin, stop, restart, reload, delete differ only in the verb and in what is stored. It parses no
 * words of the wire. */
#pragma once
#include <jansson.h>

#include "daemon/run/supervisor.h"

struct pmc_error;
struct request;

/* Run `verb` on the request's `targets`, after it was stored. `options` and `env` of the request,
 * where its method has them, change the apps first. Answers the request. */
void command_run(struct request *req, enum order_verb verb);

/* Say that `app` cannot be reloaded now: it is being reloaded. */
void command_conflict(const char *app, struct pmc_error *err);
