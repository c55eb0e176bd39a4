#include "cli/complete_apps.h"

#include <ctype.h>
#include <jansson.h>

#include "cli/complete.h"
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
	json_t *params = json_object(), *answer = NULL;
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

static json_t *list_apps(void)
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

void complete_apps_add(void *user, const char *word, struct str *out)
{
	_cleanup_(strlist_done) struct strlist seen = {};
	json_t *answer = list_apps(), *view;
	size_t i;

	json_array_foreach(json_object_get(answer, "instances"), i, view)
	{
		const char *name = json_string_value(json_object_get(view, "name"));
		_cleanup_(mem_freep) char *id =
			mem_printf("%d", (int)json_integer_value(json_object_get(view, "pm_id")));

		if (isdigit((unsigned char)word[0]))
			add_once(&seen, id, name, out);
		add_once(&seen, name, "app", out);
		add_once(&seen, json_string_value(json_object_get(view, "namespace")), "namespace",
			 out);
	}
	json_decref(answer);
}
