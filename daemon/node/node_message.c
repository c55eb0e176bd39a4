#include "daemon/node/node_message.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/model/json_text.h"

#define INTERNAL_PREFIX "NODE_"
#define PARSE_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)

/* What Node does not show to an app: an object whose cmd is longer than NODE_ and begins with it.
 */
static bool is_internal(const json_t *json)
{
	const json_t *cmd = json_object_get(json, "cmd");
	size_t prefix = strlen(INTERNAL_PREFIX);

	return json_is_string(cmd) && json_string_length(cmd) > prefix &&
	       memcmp(json_string_value(cmd), INTERNAL_PREFIX, prefix) == 0;
}

static bool member_is(const json_t *json, const char *name, const char *value)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text && strcmp(text, value) == 0;
}

/* The four digits after \u at `s`, or -1. */
static long escape_at(const char *s, size_t len)
{
	char digits[5] = {};

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	memcpy(digits, s + 2, 4);
	for (int i = 0; i < 4; i++) {
		if (!isxdigit((unsigned char)digits[i]))
			return -1;
	}
	return strtol(digits, NULL, 16);
}

/* JavaScript has strings with half of a surrogate pair (an emoji cut in two), and writes it as an
 * escape that no UTF-8 can hold: U+FFFD instead. */
static void mend_surrogates(struct str *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		long code = escape_at(s + i, len - i), next;
		size_t width = code >= 0 ? 6 : s[i] == '\\' && i + 1 < len ? 2 : 1;

		if (code >= 0xd800 && code <= 0xdfff) {
			next = escape_at(s + i + 6, len - i - 6);
			if (code < 0xdc00 && next >= 0xdc00 && next <= 0xdfff)
				str_append_bytes(out, s + i, width = 12);
			else
				str_append(out, "\\ufffd");
		} else {
			str_append_bytes(out, s + i, width);
		}
		i += width;
	}
}

/* JSON as JavaScript writes it. Where the text had to be mended, `msg` gets the new one. */
static json_t *read_json(const char *line, size_t len, struct node_message *msg)
{
	struct str mended = {};
	json_t *json = json_loadb(line, len, PARSE_FLAGS, NULL);

	msg->text = line;
	msg->len = len;
	if (!json) /* 12345678901234567890 */
		json = json_loadb(line, len, PARSE_FLAGS | JSON_DECODE_INT_AS_REAL, NULL);
	if (json || !memmem(line, len, "\\ud", 3))
		return json;
	mend_surrogates(&mended, line, len);
	json = json_loadb(mended.data, mended.len, PARSE_FLAGS | JSON_DECODE_INT_AS_REAL, NULL);
	msg->len = mended.len;
	msg->text = msg->own_text = str_steal(&mended);
	return json;
}

/* {"cmd":"NODE_HANDLE","type":…,"msg":…}: what counts is the message inside. */
static void open_envelope(struct node_message *msg)
{
	json_t *inner = json_object_get(msg->json, "msg");

	msg->with_handle = true;
	inner = inner ? json_incref(inner) : json_null();
	json_decref(msg->json);
	msg->json = inner;
	free(msg->own_text);
	msg->text = msg->own_text = json_dumps(inner, JSON_COMPACT | JSON_ENCODE_ANY);
	msg->len = msg->text ? strlen(msg->text) : 0;
}

static enum node_message_kind internal_kind(const json_t *json)
{
	if (member_is(json, "cmd", "NODE_CLUSTER"))
		return NODE_MESSAGE_CLUSTER;
	if (member_is(json, "cmd", "NODE_HANDLE_ACK"))
		return NODE_MESSAGE_ACK;
	if (member_is(json, "cmd", "NODE_HANDLE_NACK"))
		return NODE_MESSAGE_NACK;
	if (member_is(json, "cmd", "NODE_PMC") && member_is(json, "act", "drain"))
		return NODE_MESSAGE_DRAINS;
	return NODE_MESSAGE_IGNORED;
}

static enum node_message_kind apps_kind(struct node_message *msg)
{
	const json_t *type = json_object_get(msg->json, "type");
	const char *text = json_string_value(msg->json);

	if (text)
		return strcmp(text, "ready") == 0 ? NODE_MESSAGE_READY : NODE_MESSAGE_OTHER;
	if (!json_is_string(type) || json_string_length(type) == 0)
		return NODE_MESSAGE_OTHER;
	msg->type = json_string_value(type);
	msg->data = json_object_get(msg->json, "data");
	return NODE_MESSAGE_TYPED;
}

int node_message_parse(const char *line, size_t len, struct node_message *ret)
{
	struct node_message msg = {};

	msg.json = read_json(line, len, &msg);
	if (!msg.json) {
		node_message_done(&msg);
		return -EBADMSG;
	}
	if (member_is(msg.json, "cmd", "NODE_HANDLE"))
		open_envelope(&msg);
	msg.kind = is_internal(msg.json) ? internal_kind(msg.json) : apps_kind(&msg);
	*ret = msg;
	return 0;
}

void node_message_done(struct node_message *msg)
{
	json_decref(msg->json);
	free(msg->own_text);
	*msg = (struct node_message){};
}

bool node_message_head_has_handle(const char *head, size_t len)
{
	static const char envelope[] = "{\"cmd\":\"NODE_HANDLE\",";

	return len >= strlen(envelope) && memcmp(head, envelope, strlen(envelope)) == 0;
}

char *node_message_line(const json_t *value, size_t *ret_len, struct pmc_error *err)
{
	struct str line = {};
	_cleanup_(mem_freep) char *text = NULL;

	if (is_internal(value)) {
		pmc_error_set(err, -EINVAL, "a message whose cmd begins with NODE_ is Node's own");
		pmc_error_hint(err, "an app would never see it; name the member differently");
		return NULL;
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	str_append(&line, text ? text : "null");
	str_append_char(&line, '\n');
	*ret_len = line.len;
	return str_steal(&line);
}

char *node_message_trigger(const char *name, const char *param, size_t *ret_len)
{
	json_t *value = json_pack("{s:o}", "msg", json_text(name));
	char *line;

	if (param)
		json_object_set_new(value, "opts", json_text(param));
	line = node_message_line(value, ret_len, NULL);
	json_decref(value);
	return line;
}
