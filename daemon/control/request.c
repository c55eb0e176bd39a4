#include "daemon/control/request.h"

#include <errno.h>

#include "daemon/control/session.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/ipc/message.h"

struct request *request_create(struct session *session, const struct api_context *api,
			       json_int_t id, json_t *params)
{
	struct request *req = mem_zalloc(sizeof(*req));

	session_hold(session);
	req->session = session;
	req->api = api;
	req->id = id;
	req->params = params ? json_incref(params) : json_object();
	req->quiet = json_is_true(json_object_get(req->params, "quiet"));
	return req;
}

static void end(struct request *req)
{
	session_release(req->session);
	json_decref(req->params);
	free(req);
}

bool request_wants_progress(const struct request *req)
{
	return !req->quiet && !request_gone(req);
}

void request_progress(struct request *req, json_t *progress)
{
	size_t len;

	if (!request_gone(req)) {
		char *line = message_progress(req->id, progress, &len);

		session_send(req->session, line, len);
	}
	json_decref(progress);
}

void request_reply(struct request *req, json_t *result)
{
	size_t len;

	if (!result)
		result = json_object();
	if (!request_gone(req)) {
		char *line = message_result(req->id, result, &len);

		session_send(req->session, line, len);
	}
	json_decref(result);
	end(req);
}

void request_reply_text(struct request *req, const struct str *result)
{
	size_t len;

	if (!request_gone(req)) {
		char *line = message_result_text(req->id, result->data, result->len, &len);

		session_send(req->session, line, len);
	}
	end(req);
}

void request_fail(struct request *req, const char *code, const struct pmc_error *err)
{
	size_t len;

	if (!request_gone(req)) {
		char *line = message_error(req->id, code, err, &len);

		session_send(req->session, line, len);
	}
	end(req);
}

bool request_gone(const struct request *req)
{
	return !session_is_open(req->session);
}

const char *request_id(const struct request *req)
{
	return json_string_value(json_object_get(req->params, "request"));
}

static int wrong_type(const char *name, const char *expected, struct pmc_error *err)
{
	return pmc_error_set(err, -EINVAL, "parameter '%s' must be %s", name, expected);
}

int request_get_string(const struct request *req, const char *name, const char **ret_value,
		       struct pmc_error *err)
{
	json_t *value = json_object_get(req->params, name);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return wrong_type(name, "a string", err);
	*ret_value = json_string_value(value);
	return 1;
}

int request_get_int(const struct request *req, const char *name, int64_t *ret_value,
		    struct pmc_error *err)
{
	json_t *value = json_object_get(req->params, name);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_integer(value))
		return wrong_type(name, "a whole number", err);
	*ret_value = json_integer_value(value);
	return 1;
}

int request_get_bool(const struct request *req, const char *name, bool *ret_value,
		     struct pmc_error *err)
{
	json_t *value = json_object_get(req->params, name);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_boolean(value))
		return wrong_type(name, "true or false", err);
	*ret_value = json_is_true(value);
	return 1;
}

int request_get_list(const struct request *req, const char *name, struct strlist *list,
		     struct pmc_error *err)
{
	json_t *value = json_object_get(req->params, name), *item;
	size_t i;

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_array(value))
		return wrong_type(name, "a list of strings", err);
	json_array_foreach(value, i, item) if (!json_is_string(item)) return wrong_type(
		name, "a list of strings", err);
	json_array_foreach(value, i, item) strlist_add(list, json_string_value(item));
	return 1;
}
