#include "cli/complete_apps.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>

#include "cli/complete.h"
#include "cli/listing.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/config/home.h"
#include "shared/ipc/client.h"
#include "shared/ipc/message.h"

#define PATIENCE_MS 500

/* The answer to app.list; NULL: nobody answers. New reference. */
static json_t *ask(struct client *client, int64_t deadline_ms)
{
	json_t *params = json_pack("{s[sss]}", "members", "pm_id", "name", "namespace");
	json_t *answer = NULL;
	struct pmc_error err;
	json_int_t id = client_send(client, "app.list", params, &err);
	int64_t left_ms;

	json_decref(params);
	while (id >= 0 && !answer && (left_ms = deadline_ms - clock_now_ms()) > 0) {
		struct message msg = {};

		if (client_receive(client, (int)left_ms, &msg, &err) < 0)
			break;
		if (msg.id == id && msg.kind == MESSAGE_RESULT)
			answer = json_incref(msg.body);
		message_done(&msg);
	}
	return answer;
}

static json_t *ask_for_apps(void)
{
	int64_t deadline_ms = clock_now_ms() + PATIENCE_MS;
	_cleanup_(home_done) struct home home = {};
	struct client *client = NULL;
	struct pmc_error err;
	json_t *answer = NULL;

	if (home_find(&home, &err) == 0 &&
	    client_connect(home.socket_path, PATIENCE_MS, &client, &err) == 0)
		answer = ask(client, deadline_ms);
	client_destroy(client);
	return answer;
}

static void add_once(struct strlist *seen, const char *word, const char *text, struct str *out)
{
	if (!word || strlist_has(seen, word))
		return;
	strlist_add(seen, word);
	complete_add(out, word, text);
}

static void add_all(const struct listing *listing, bool ids, struct str *out)
{
	_cleanup_(strlist_done) struct strlist seen = {};

	for (size_t i = 0; i < listing->count; i++) {
		const struct app_view *view = &listing->views[i];
		_cleanup_(mem_freep) char *id = mem_printf("%d", view->pm_id);

		if (ids)
			add_once(&seen, id, view->name, out);
		add_once(&seen, view->name, "app", out);
		add_once(&seen, view->namespace, "namespace", out);
	}
}

void complete_apps_add(void *user, const char *word, struct str *out)
{
	json_t *answer = ask_for_apps();
	struct listing listing = {};
	struct pmc_error err;

	if (answer && listing_read(answer, &listing, &err) == 0)
		add_all(&listing, isdigit((unsigned char)word[0]), out);
	listing_done(&listing);
	json_decref(answer);
}
