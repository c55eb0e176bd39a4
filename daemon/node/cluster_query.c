#include "daemon/node/cluster_query.h"

#include <errno.h>
#include <string.h>

#include "shared/base/mem.h"

#define FLAG_IPV6_ONLY 1 /* UV_TCP_IPV6ONLY, UV_UDP_IPV6ONLY */
#define FLAG_UDP_REUSE 4 /* UV_UDP_REUSEADDR */

static int32_t number(const json_t *body, const char *name, int32_t otherwise)
{
	const json_t *value = json_object_get(body, name);
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < INT32_MIN || n > INT32_MAX)
		return otherwise;
	return (int32_t)n;
}

static int parse_kind(const json_t *body, struct cluster_query *query)
{
	const json_t *type = json_object_get(body, "addressType");
	const char *text = json_string_value(type);

	if (query->fd >= 0)
		query->kind = CLUSTER_QUERY_FD;
	else if (text && strcmp(text, "udp4") == 0)
		query->kind = CLUSTER_QUERY_UDP4;
	else if (text && strcmp(text, "udp6") == 0)
		query->kind = CLUSTER_QUERY_UDP6;
	else if (json_integer_value(type) == 4)
		query->kind = CLUSTER_QUERY_TCP4;
	else if (json_integer_value(type) == 6)
		query->kind = CLUSTER_QUERY_TCP6;
	else if (json_integer_value(type) == -1 && query->host[0])
		query->kind = CLUSTER_QUERY_UNIX;
	else
		return -EINVAL;
	return 0;
}

static int parse_host(const json_t *body, struct cluster_query *query)
{
	const json_t *host = json_object_get(body, "address");
	size_t len = json_string_length(host);

	if (host && !json_is_string(host) && !json_is_null(host))
		return -EINVAL;
	if (len >= sizeof(query->host))
		return -ENAMETOOLONG;
	if (len && memchr(json_string_value(host), '\0', len)) /* an abstract Unix socket */
		return -EINVAL;
	if (len)
		memcpy(query->host, json_string_value(host), len);
	return 0;
}

static int parse_data(const json_t *body, struct cluster_query *query)
{
	const json_t *data = json_object_get(body, "data");
	size_t len;

	if (!data)
		data = json_null();
	len = json_dumpb(data, query->data, sizeof(query->data) - 1,
			 JSON_COMPACT | JSON_ENCODE_ANY);
	if (len >= sizeof(query->data)) {
		query->data[0] = '\0';
		return -E2BIG;
	}
	return 0;
}

int cluster_query_parse(const json_t *body, struct cluster_query *ret)
{
	struct cluster_query query = {.fd = number(body, "fd", -1)};
	int flags = number(body, "flags", 0), r;

	query.port = number(body, "port", -1);
	query.index = number(body, "index", 0);
	query.backlog = number(body, "backlog", 0);
	r = parse_host(body, &query);
	if (r == 0)
		r = parse_kind(body, &query);
	if (r == 0)
		r = parse_data(body, &query);
	if (r < 0)
		return r;
	if (query.kind != CLUSTER_QUERY_UNIX && query.kind != CLUSTER_QUERY_FD &&
	    (query.port < 0 || query.port > 65535))
		return -EINVAL;
	query.ipv6_only = (flags & FLAG_IPV6_ONLY) != 0;
	query.udp_reuse = cluster_query_is_udp(&query) && (flags & FLAG_UDP_REUSE);
	query.readable_all = json_is_true(json_object_get(body, "readableAll"));
	query.writable_all = json_is_true(json_object_get(body, "writableAll"));
	*ret = query;
	return 0;
}

static bool same_place(const struct cluster_query *a, const struct cluster_query *b)
{
	return a->kind == b->kind && a->fd == b->fd && strcmp(a->host, b->host) == 0;
}

bool cluster_query_same(const struct cluster_query *a, const struct cluster_query *b)
{
	return same_place(a, b) && a->port == b->port && (a->port != 0 || a->index == b->index);
}

bool cluster_query_is_up(const struct cluster_query *asked, int port,
			 const struct cluster_query *up)
{
	if (!same_place(asked, up))
		return false;
	if (asked->port == 0)
		return asked->index == up->index && (port == 0 || port == up->port);
	return asked->port == up->port || asked->kind == CLUSTER_QUERY_FD;
}

bool cluster_query_is_udp(const struct cluster_query *query)
{
	return query->kind == CLUSTER_QUERY_UDP4 || query->kind == CLUSTER_QUERY_UDP6;
}

/* Takes over `value`. */
static char *line_of(json_t *value)
{
	_cleanup_(mem_freep) char *text = json_dumps(value, JSON_COMPACT);

	json_decref(value);
	return mem_printf("%s\n", text ? text : "null");
}

static json_t *data_of(const struct cluster_query *query)
{
	json_t *data = json_loads(query->data, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	return data ? data : json_null();
}

static json_t *envelope(const char *type, json_t *msg)
{
	return json_pack("{s:s, s:s, s:o}", "cmd", "NODE_HANDLE", "type", type, "msg", msg);
}

char *cluster_query_answer_handle(const struct cluster_query *query, const char *key, int64_t ack,
				  int64_t seq)
{
	const char *type = cluster_query_is_udp(query) ? "dgram.Native" : "net.Native";
	json_t *msg = json_pack("{s:s, s:i, s:s, s:I, s:o, s:I}", "cmd", "NODE_CLUSTER", "errno", 0,
				"key", key, "ack", (json_int_t)ack, "data", data_of(query), "seq",
				(json_int_t)seq);

	return line_of(envelope(type, msg));
}

char *cluster_query_answer(const struct cluster_query *query, const char *key, int64_t ack,
			   int64_t seq, int errno_code, const struct cluster_query_address *address)
{
	json_t *msg =
		json_pack("{s:s, s:o, s:s, s:I, s:o, s:I}", "cmd", "NODE_CLUSTER", "errno",
			  errno_code ? json_integer(errno_code) : json_null(), "key", key, "ack",
			  (json_int_t)ack, "data", data_of(query), "seq", (json_int_t)seq);

	if (address && address->host[0])
		json_object_set_new(msg, "sockname",
				    json_pack("{s:s, s:s, s:i}", "address", address->host, "family",
					      address->ipv6 ? "IPv6" : "IPv4", "port",
					      address->port));
	return line_of(msg);
}

char *cluster_query_newconn(const char *key, int64_t seq)
{
	json_t *msg = json_pack("{s:s, s:s, s:s, s:I}", "cmd", "NODE_CLUSTER", "act", "newconn",
				"key", key, "seq", (json_int_t)seq);

	return line_of(envelope("net.Native", msg));
}

char *cluster_query_disconnect(int64_t seq, const char *signal)
{
	return line_of(json_pack("{s:s, s:s, s:s, s:I}", "cmd", "NODE_CLUSTER", "act", "disconnect",
				 "signal", signal, "seq", (json_int_t)seq));
}

char *cluster_query_ack(int64_t ack, int64_t seq)
{
	return mem_printf("{\"cmd\":\"NODE_CLUSTER\",\"ack\":%lld,\"seq\":%lld}\n", (long long)ack,
			  (long long)seq);
}
