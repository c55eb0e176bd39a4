#include "shared/ipc/message.h"

#include <errno.h>
#include <string.h>

#include "shared/base/str.h"
#include "shared/ipc/protocol.h"
#include "shared/model/json_text.h"

/* The member that says what a message is. */
static const struct {
	const char *member;
	enum message_kind kind;
	json_type type;
	bool has_id;
} kinds[] = {
	{"hello", MESSAGE_HELLO, JSON_OBJECT, false},
	{"method", MESSAGE_REQUEST, JSON_STRING, true},
	{"progress", MESSAGE_PROGRESS, JSON_OBJECT, true},
	{"result", MESSAGE_RESULT, JSON_OBJECT, true},
	{"error", MESSAGE_ERROR, JSON_OBJECT, true},
	{"event", MESSAGE_EVENT, JSON_OBJECT, false},
	{"dropped", MESSAGE_DROPPED, JSON_INTEGER, false},
};

void message_done(struct message *msg)
{
	free(msg->method);
	json_decref(msg->body);
	*msg = (struct message){};
}

/* Counted before the parser sees it, so that nesting costs no stack. */
static bool too_deep(const char *line, size_t len)
{
	bool quoted = false;
	unsigned depth = 0;

	for (size_t i = 0; i < len; i++) {
		char c = line[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted)
			i += c == '\\';
		else if ((c == '{' || c == '[') && ++depth > PROTOCOL_DEPTH_MAX)
			return true;
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return false;
}

/* The daemon takes nothing it does not understand; a client ignores what a later daemon added. */
static int check_request_members(json_t *root, struct pmc_error *err)
{
	const char *member;
	json_t *value;

	json_object_foreach(root, member, value)
	{
		if (!str_equal(member, "id") && !str_equal(member, "method") &&
		    !str_equal(member, "params"))
			return pmc_error_set(err, -EBADMSG, "unknown member '%s' in a request",
					     member);
	}
	return 0;
}

static int take_request(json_t *root, struct message *msg, struct pmc_error *err)
{
	json_t *params = json_object_get(root, "params");

	if (params && !json_is_object(params))
		return pmc_error_set(err, -EBADMSG, "'params' of a request is not an object");
	msg->method = mem_strdup(json_string_value(json_object_get(root, "method")));
	msg->body = params ? json_incref(params) : json_object();
	return check_request_members(root, err);
}

static int take_shape(json_t *root, struct message *msg, struct pmc_error *err)
{
	json_t *body = NULL, *id = json_object_get(root, "id");
	size_t which = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		json_t *found = json_object_get(root, kinds[i].member);

		if (found && body)
			return pmc_error_set(err, -EBADMSG, "a message with both '%s' and '%s'",
					     kinds[which].member, kinds[i].member);
		if (!found)
			continue;
		body = found;
		which = i;
	}
	if (!body)
		return pmc_error_set(err, -EBADMSG, "neither a request nor a reply nor an event");
	if (json_typeof(body) != kinds[which].type)
		return pmc_error_set(err, -EBADMSG, "'%s' has the wrong type", kinds[which].member);
	if (kinds[which].has_id && !json_is_integer(id))
		return pmc_error_set(err, -EBADMSG, "a message with '%s' needs an integer 'id'",
				     kinds[which].member);

	msg->kind = kinds[which].kind;
	msg->id = json_integer_value(id);
	if (msg->kind == MESSAGE_REQUEST)
		return take_request(root, msg, err);
	msg->body = json_incref(body);
	return 0;
}

int message_parse(const char *line, size_t len, struct message *ret_msg, struct pmc_error *err)
{
	struct message msg = {};
	json_error_t problem;
	json_t *root;
	int r;

	if (too_deep(line, len))
		return pmc_error_set(err, -EBADMSG, "nested deeper than %d", PROTOCOL_DEPTH_MAX);
	root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &problem);
	if (!root)
		return pmc_error_set(err, -EBADMSG, "not JSON: column %d: %s", problem.column,
				     problem.text);
	if (json_is_object(root))
		r = take_shape(root, &msg, err);
	else
		r = pmc_error_set(err, -EBADMSG, "a message is an object, this is not");
	json_decref(root);
	if (r < 0)
		message_done(&msg);
	else
		*ret_msg = msg;
	return r;
}

static int append_piece(const char *data, size_t len, void *out)
{
	str_append_bytes(out, data, len);
	return 0;
}

/* NULL is an empty object. */
static void append_json(struct str *out, json_t *value)
{
	if (!value)
		str_append(out, "{}");
	else if (json_dump_callback(value, append_piece, out, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
		abort(); /* our own value, and it holds itself */
}

static char *finish(struct str *line, size_t *ret_len)
{
	str_append(line, "}\n");
	*ret_len = line->len;
	return str_steal(line);
}

static char *reply(json_int_t id, const char *member, json_t *body, size_t *ret_len)
{
	struct str line = {};

	str_appendf(&line, "{\"id\":%" JSON_INTEGER_FORMAT ",\"%s\":", id, member);
	append_json(&line, body);
	return finish(&line, ret_len);
}

char *message_hello(const char *version, int engine_pid, size_t *ret_len)
{
	struct str line = {};

	str_appendf(&line, "{\"hello\":{\"protocol\":[%d,%d],\"version\":\"%s\"", PROTOCOL_MAJOR,
		    PROTOCOL_MINOR, version);
	if (engine_pid)
		str_appendf(&line, ",\"engine_pid\":%d", engine_pid);
	str_append_char(&line, '}');
	return finish(&line, ret_len);
}

char *message_request(json_int_t id, const char *method, json_t *params, size_t *ret_len)
{
	json_t *name = json_text(method);
	struct str line = {};

	str_appendf(&line, "{\"id\":%" JSON_INTEGER_FORMAT ",\"method\":", id);
	append_json(&line, name);
	str_append(&line, ",\"params\":");
	append_json(&line, params);
	json_decref(name);
	return finish(&line, ret_len);
}

char *message_progress(json_int_t id, json_t *progress, size_t *ret_len)
{
	return reply(id, "progress", progress, ret_len);
}

char *message_result(json_int_t id, json_t *result, size_t *ret_len)
{
	return reply(id, "result", result, ret_len);
}

char *message_result_text(json_int_t id, const char *result, size_t len, size_t *ret_len)
{
	struct str line = {};

	str_reserve(&line, len + 64);
	str_appendf(&line, "{\"id\":%" JSON_INTEGER_FORMAT ",\"result\":", id);
	str_append_bytes(&line, result, len);
	return finish(&line, ret_len);
}

char *message_error(json_int_t id, const char *code, const struct pmc_error *err, size_t *ret_len)
{
	json_t *body = json_object();
	char *line;

	json_object_set_new(body, "code", json_text(code));
	json_object_set_new(body, "message", json_text(err ? err->message : code));
	if (err && err->hint[0])
		json_object_set_new(body, "hint", json_text(err->hint));
	if (err && err->file[0])
		json_object_set_new(body, "file", json_text(err->file));
	if (err && err->line > 0)
		json_object_set_new(body, "line", json_integer(err->line));
	if (err && err->column > 0)
		json_object_set_new(body, "column", json_integer(err->column));
	line = reply(id, "error", body, ret_len);
	json_decref(body);
	return line;
}

char *message_event(json_t *event, size_t *ret_len)
{
	struct str line = {};

	str_append(&line, "{\"event\":");
	append_json(&line, event);
	return finish(&line, ret_len);
}

char *message_dropped(size_t count, size_t *ret_len)
{
	struct str line = {};

	str_appendf(&line, "{\"dropped\":%zu", count);
	return finish(&line, ret_len);
}
