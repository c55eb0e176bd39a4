#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/node/cluster_query.h"
#include "shared/base/mem.h"

static int parse(const char *fields, struct cluster_query *ret)
{
	_cleanup_(mem_freep) char *text = mem_printf(
		"{\"cmd\":\"NODE_CLUSTER\",\"act\":\"queryServer\",%s,\"seq\":1}", fields);
	json_t *json = json_loads(text, 0, NULL);
	int r = cluster_query_parse(json, ret);

	assert_non_null(json);
	json_decref(json);
	return r;
}

static struct cluster_query query(const char *fields)
{
	struct cluster_query q;

	assert_int_equal(parse(fields, &q), 0);
	return q;
}

static void the_questions_of_real_apps(void **state)
{
	struct cluster_query q;

	q = query("\"index\":0,\"data\":null,\"address\":null,\"port\":3100,\"addressType\":4");
	assert_int_equal(q.kind, CLUSTER_QUERY_TCP4);
	assert_string_equal(q.host, "");
	assert_int_equal(q.port, 3100);
	assert_string_equal(q.data, "null");
	q = query("\"index\":0,\"address\":\"::1\",\"port\":3100,\"addressType\":6,\"flags\":1,"
		  "\"backlog\":5");
	assert_int_equal(q.kind, CLUSTER_QUERY_TCP6);
	assert_true(q.ipv6_only);
	assert_int_equal(q.backlog, 5);
	q = query("\"address\":\"/x/y.sock\",\"port\":-1,\"addressType\":-1,\"readableAll\":true");
	assert_int_equal(q.kind, CLUSTER_QUERY_UNIX);
	assert_true(q.readable_all && !q.writable_all);
	q = query("\"address\":null,\"port\":null,\"addressType\":null,\"fd\":9");
	assert_int_equal(q.kind, CLUSTER_QUERY_FD);
	assert_int_equal(q.fd, 9);
	q = query("\"address\":\"0.0.0.0\",\"port\":53,\"addressType\":\"udp4\",\"fd\":-1,"
		  "\"flags\":4");
	assert_int_equal(q.kind, CLUSTER_QUERY_UDP4);
	assert_true(q.udp_reuse && cluster_query_is_udp(&q));
	q = query(
		"\"address\":null,\"port\":1,\"addressType\":4,\"data\":{\"ticketKeys\":\"00ff\"}");
	assert_string_equal(q.data, "{\"ticketKeys\":\"00ff\"}");
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct cluster_query q;
	_cleanup_(mem_freep) char *host = mem_zalloc(200), *fields = NULL, *data = NULL;

	assert_int_equal(parse("\"port\":1", &q), -EINVAL);
	assert_int_equal(parse("\"port\":65536,\"addressType\":4", &q), -EINVAL);
	assert_int_equal(parse("\"port\":-1,\"addressType\":4", &q), -EINVAL);
	assert_int_equal(parse("\"port\":99999999999,\"addressType\":4", &q), -EINVAL);
	assert_int_equal(parse("\"port\":-1,\"addressType\":-1", &q), -EINVAL);
	assert_int_equal(parse("\"port\":1,\"addressType\":\"udp5\"", &q), -EINVAL);
	assert_int_equal(parse("\"port\":1,\"addressType\":4,\"address\":7", &q), -EINVAL);
	memset(host, 'h', 199);
	fields = mem_printf("\"port\":-1,\"addressType\":-1,\"address\":\"%s\"", host);
	assert_int_equal(parse(fields, &q), -ENAMETOOLONG);
	data = mem_printf(
		"\"port\":1,\"addressType\":4,\"data\":[\"%s\",\"%s\",\"%s\",\"%s\",\"%s\","
		"\"%s\"]",
		host, host, host, host, host, host);
	assert_int_equal(parse(data, &q), -E2BIG);
}

static void which_questions_mean_the_same_socket(void **state)
{
	struct cluster_query a = query("\"index\":0,\"port\":80,\"addressType\":4"),
			     b = query("\"index\":3,\"port\":80,\"addressType\":4"),
			     host = query(
				     "\"port\":80,\"addressType\":4,\"address\":\"127.0.0.1\""),
			     zero = query("\"index\":0,\"port\":0,\"addressType\":4"),
			     one = query("\"index\":1,\"port\":0,\"addressType\":4"),
			     up = query("\"index\":1,\"port\":4711,\"addressType\":4");

	assert_true(cluster_query_same(&a, &b)); /* the index only counts for port 0 */
	assert_false(cluster_query_same(&a, &host));
	assert_false(cluster_query_same(&zero, &one));
	assert_true(cluster_query_same(&one, &one));
	assert_true(cluster_query_is_up(&one, 4711, &up));
	assert_false(cluster_query_is_up(&one, 4712, &up));
	assert_false(cluster_query_is_up(&zero, 4711, &up));
	assert_true(cluster_query_is_up(&a, 80, &b));
	assert_false(cluster_query_is_up(&a, 80, &host));
}

static void check_text(char *line, const char *expected)
{
	assert_string_equal(line, expected);
	free(line);
}

static void the_lines_node_expects(void **state)
{
	struct cluster_query tls =
		query("\"port\":1,\"addressType\":4,\"data\":{\"ticketKeys\":\"00ff\"}");
	struct cluster_query udp = query("\"port\":1,\"addressType\":\"udp6\"");
	struct cluster_query_address at = {.host = "::", .port = 3100, .ipv6 = true};

	check_text(cluster_query_answer_handle(&tls, "k", 1, 2),
		   "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Native\",\"msg\":{\"cmd\":\"NODE_"
		   "CLUSTER\","
		   "\"errno\":0,\"key\":\"k\",\"ack\":1,\"data\":{\"ticketKeys\":\"00ff\"},\"seq\":"
		   "2}}\n");
	check_text(cluster_query_answer_handle(&udp, "k", 1, 2),
		   "{\"cmd\":\"NODE_HANDLE\",\"type\":\"dgram.Native\",\"msg\":{\"cmd\":\"NODE_"
		   "CLUSTER\","
		   "\"errno\":0,\"key\":\"k\",\"ack\":1,\"data\":null,\"seq\":2}}\n");
	check_text(cluster_query_answer(&udp, "k", 1, 2, 0, &at),
		   "{\"cmd\":\"NODE_CLUSTER\",\"errno\":null,\"key\":\"k\",\"ack\":1,\"data\":null,"
		   "\"seq\":2,"
		   "\"sockname\":{\"address\":\"::\",\"family\":\"IPv6\",\"port\":3100}}\n");
	check_text(cluster_query_answer(&udp, "", 1, 2, -EADDRINUSE, NULL),
		   "{\"cmd\":\"NODE_CLUSTER\",\"errno\":-98,\"key\":\"\",\"ack\":1,\"data\":null,"
		   "\"seq\":2}\n");
	check_text(cluster_query_newconn("k", 5),
		   "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Native\",\"msg\":{\"cmd\":\"NODE_"
		   "CLUSTER\","
		   "\"act\":\"newconn\",\"key\":\"k\",\"seq\":5}}\n");
	check_text(cluster_query_disconnect(6, "SIGINT"),
		   "{\"cmd\":\"NODE_CLUSTER\",\"act\":\"disconnect\",\"signal\":\"SIGINT\",\"seq\":"
		   "6}\n");
	check_text(cluster_query_ack(4, 7), "{\"cmd\":\"NODE_CLUSTER\",\"ack\":4,\"seq\":7}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_questions_of_real_apps),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(which_questions_mean_the_same_socket),
		cmocka_unit_test(the_lines_node_expects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
