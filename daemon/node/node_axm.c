#include "daemon/node/node_axm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/node/node_message.h"
#include "shared/base/mem.h"

static const struct {
	const char *type;
	enum node_axm_kind kind;
} types[] = {
	{"axm:action", NODE_AXM_ACTION},	   {"axm:reply", NODE_AXM_REPLY},
	{"axm:monitor", NODE_AXM_MONITOR},	   {"axm:option:configuration", NODE_AXM_OPTIONS},
	{"process:exception", NODE_AXM_EXCEPTION},
};

static enum node_axm_kind kind_of(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].type, type) == 0)
			return types[i].kind;
	}
	return NODE_AXM_EVENT;
}

static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

int node_axm_parse(const struct node_message *msg, struct node_axm *ret)
{
	struct node_axm axm = {.kind = kind_of(msg->type), .value = msg->data};

	switch (axm.kind) {
	case NODE_AXM_ACTION:
		axm.name = member(msg->data, "action_name");
		axm.value = json_object_get(msg->data, "opts");
		break;
	case NODE_AXM_REPLY:
		axm.name = member(msg->data, "action_name");
		axm.value = json_object_get(msg->data, "return");
		break;
	case NODE_AXM_EXCEPTION:
		axm.name = member(msg->data, "message");
		axm.text = member(msg->data, "stack");
		break;
	case NODE_AXM_EVENT:
		axm.name = msg->type;
		break;
	case NODE_AXM_MONITOR:
	case NODE_AXM_OPTIONS:
		if (!json_is_object(msg->data))
			return -EBADMSG;
		*ret = axm;
		return 0;
	}
	if (!axm.name)
		return -EBADMSG;
	*ret = axm;
	return 0;
}

int node_axm_metric(const json_t *metric, char *buf, size_t size, const char **ret_unit)
{
	const json_t *value = json_object_get(metric, "value");

	if (json_is_string(value))
		snprintf(buf, size, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buf, size, "%.10g", json_real_value(value));
	else
		return -EBADMSG;
	*ret_unit = member(metric, "unit");
	return 0;
}
