#include "daemon/control/intents.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/control/action.h"
#include "daemon/control/request.h"
#include "daemon/store/state.h"

struct intents {
	struct state_store *store;
	char *safe; /* NULL: not in safe mode */
	struct intent *first;
	bool busy;
};

static void next_turn(struct intents *intents);

struct intents *intents_create(struct state_store *store, const char *safe)
{
	struct intents *intents = mem_zalloc(sizeof(*intents));

	intents->store = store;
	intents->safe = mem_strdup(safe);
	return intents;
}

void intents_leave_safe(struct intents *intents)
{
	free(intents->safe);
	intents->safe = NULL;
}

void intents_destroy(struct intents *intents)
{
	if (!intents)
		return;
	while (intents->first) {
		struct intent *intent = intents->first;

		intents->first = intent->next;
		request_fail(intent->req, "refused",
			     &(struct pmc_error){.code = -ESHUTDOWN, .message = "the daemon ends"});
		intent->destroy(intent);
	}
	free(intents->safe);
	free(intents);
}

static struct intent *take_first(struct intents *intents)
{
	struct intent *intent = intents->first;

	intents->first = intent->next;
	intents->busy = false;
	return intent;
}

static void on_stored(int result, const struct pmc_error *err, void *owner)
{
	struct intents *intents = owner;
	struct intent *intent = take_first(intents);

	if (result == 0)
		intent->act(intent, NULL);
	else if (result == -EALREADY)
		intent->repeat(intent);
	else if (intent->even_unstored)
		intent->act(intent, err->message);
	else
		request_fail(intent->req, "store", err);
	intent->destroy(intent);
	next_turn(intents);
}

static void in_safe_mode(struct intents *intents, struct intent *intent)
{
	if (intent->even_unstored) {
		intent->act(intent, intents->safe);
		return;
	}
	struct pmc_error err = {0};

	pmc_error_set(&err, -EROFS, "safe mode, nothing can be changed: %s", intents->safe);
	request_fail(intent->req, "safe-mode", &err);
}

static void one_turn(struct intents *intents)
{
	struct intent *intent = intents->first;
	struct state_change *change = state_change_create();
	struct pmc_error err = {0};
	const char *code = "bad-params";

	intents->busy = true;
	if (intent->plan(intent, change, &code, &err) < 0) {
		state_change_destroy(change);
		take_first(intents);
		request_fail(intent->req, code, &err);
		intent->destroy(intent);
		return;
	}
	if (!intents->store || (intents->safe && !intent->even_unstored)) {
		state_change_destroy(change);
		take_first(intents);
		in_safe_mode(intents, intent);
		intent->destroy(intent);
		return;
	}
	if (request_id(intent->req))
		state_change_request(change, request_id(intent->req));
	state_commit(intents->store, change, on_stored, intents);
}

static void next_turn(struct intents *intents)
{
	while (intents->first && !intents->busy)
		one_turn(intents);
}

struct refusal {
	struct intent intent;
	const char *code;
	struct pmc_error err;
};

static int plan_nothing(struct intent *intent, struct state_change *change, const char **ret_code,
			struct pmc_error *err)
{
	state_change_only_ask(change);
	return 0;
}

static void refuse(struct intent *intent, const char *unstored)
{
	const struct refusal *refusal = container_of(intent, struct refusal, intent);

	request_fail(intent->req, refusal->code, &refusal->err);
}

static void was_done(struct intent *intent)
{
	action_seal(action_create(intent->req));
}

static void destroy_refusal(struct intent *intent)
{
	free(container_of(intent, struct refusal, intent));
}

void intents_refuse(struct intents *intents, struct request *req, const char *code,
		    const struct pmc_error *err)
{
	struct refusal *refusal;

	if (!request_id(req)) {
		request_fail(req, code, err);
		return;
	}
	refusal = mem_zalloc(sizeof(*refusal));
	refusal->code = code;
	refusal->err = *err;
	refusal->intent = (struct intent){.req = req,
					  .plan = plan_nothing,
					  .act = refuse,
					  .repeat = was_done,
					  .destroy = destroy_refusal,
					  .even_unstored = true};
	intents_submit(intents, &refusal->intent);
}

void intents_submit(struct intents *intents, struct intent *intent)
{
	struct intent **at = &intents->first;

	while (*at)
		at = &(*at)->next;
	intent->next = NULL;
	*at = intent;
	next_turn(intents);
}
