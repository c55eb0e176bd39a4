#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/node/cluster_primary.h"
#include "daemon/node/node_message.h"
#include "shared/base/str.h"

#define WORKERS 3

struct worker {
	struct fixture *fx;
	int number;
	struct cluster_worker *cluster;
	struct cluster_worker_record record;
};

/* An owner without sockets: whatever the primary does is written down, a word each. */
struct fixture {
	struct cluster_primary *primary;
	struct worker workers[WORKERS];
	struct str log;
	int open_result, lane_result, send_result;
	bool hands_over;
	int64_t now_ms;
};

/* Of a line only what tells it from others. */
static int on_send(void *owner, const char *line, size_t len, int fd)
{
	struct worker *w = owner;
	json_t *json = json_loadb(line, len - 1, 0, NULL), *msg = json_object_get(json, "msg");
	static const char *const members[] = {"act", "errno", "key", "ack", "sockname"};

	assert_non_null(json);
	assert_int_equal(line[len - 1], '\n');
	if (w->fx->send_result < 0) {
		json_decref(json);
		return w->fx->send_result;
	}
	str_appendf(&w->fx->log, "%d<", w->number);
	if (!json_object_get(json, "seq") && !msg)
		str_append(&w->fx->log, json_string_value(json_object_get(json, "cmd")));
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		json_t *value = json_object_get(msg ? msg : json, members[i]);
		char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

		if (text)
			str_appendf(&w->fx->log, "%s=%s,", members[i], text);
		free(text);
	}
	if (fd >= 0)
		str_appendf(&w->fx->log, "fd=%d", fd);
	str_append_char(&w->fx->log, ' ');
	json_decref(json);
	return 0;
}

static int on_open(void *app, struct cluster_server *server)
{
	struct fixture *fx = app;

	str_appendf(&fx->log, "open(%d) ", server->record.query.port);
	if (fx->open_result < 0)
		return fx->open_result;
	server->record.hands_over = fx->hands_over;
	server->record.bound_port = server->record.query.port ? server->record.query.port : 4711;
	server->address = (struct cluster_query_address){.host = "::", .port = 1, .ipv6 = true};
	return 0;
}

static int on_lane(void *owner, struct cluster_server *server, int *ret_fd)
{
	struct worker *w = owner;

	*ret_fd = 100 + w->number;
	return w->fx->lane_result;
}

static void on_leave(void *owner, struct cluster_server *server)
{
	struct worker *w = owner;

	str_appendf(&w->fx->log, "%d-leaves(%u) ", w->number, server->record.number);
}

static void on_close(void *app, struct cluster_server *server)
{
	str_appendf(&((struct fixture *)app)->log, "close(%u) ", server->record.number);
}

static void on_event(void *owner, enum cluster_primary_event event, struct cluster_server *server)
{
	static const char *const names[] = {"online",  "listening", "closed",
					    "leaving", "drains",    "stuck"};
	struct worker *w = owner;

	str_appendf(&w->fx->log, "%d:%s", w->number, names[event]);
	if (server)
		str_appendf(&w->fx->log, "(%u)", server->record.number);
	str_append_char(&w->fx->log, ' ');
}

static void on_back(void *app, struct cluster_server *server, int fd, bool taken)
{
	str_appendf(&((struct fixture *)app)->log, "%s(%d%s) ", taken ? "taken" : "back", fd,
		    server ? "" : ",closed");
}

static void on_room(void *app)
{
}

static const struct cluster_primary_ops ops = {.send = on_send,
					       .open = on_open,
					       .lane = on_lane,
					       .leave = on_leave,
					       .close = on_close,
					       .event = on_event,
					       .back = on_back,
					       .room = on_room};

static int set_up(void **state)
{
	struct fixture *fx = mem_zalloc(sizeof(*fx));

	fx->now_ms = 1000;
	fx->primary = cluster_primary_create(&ops, fx, 1);
	for (int i = 0; i < WORKERS; i++) {
		struct worker *w = &fx->workers[i];

		*w = (struct worker){.fx = fx, .number = i + 1, .record.id = (uint32_t)i + 1};
		w->cluster = cluster_primary_add(fx->primary, &w->record, w);
	}
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	cluster_primary_destroy(fx->primary);
	str_done(&fx->log);
	free(fx);
	return 0;
}

static bool says(struct fixture *fx, int number, const char *line)
{
	struct node_message msg;
	bool nodes;

	assert_int_equal(node_message_parse(line, strlen(line), &msg), 0);
	nodes = cluster_primary_take(fx->workers[number - 1].cluster, &msg, fx->now_ms);
	node_message_done(&msg);
	return nodes;
}

static _printf_(3, 4) void acts(struct fixture *fx, int number, const char *fmt, ...)
{
	struct str line = {};
	va_list args;

	str_append(&line, "{\"cmd\":\"NODE_CLUSTER\",");
	va_start(args, fmt);
	str_appendv(&line, fmt, args);
	va_end(args);
	str_append_char(&line, '}');
	assert_true(says(fx, number, line.data));
	str_done(&line);
}

static void asks(struct fixture *fx, int number, int port, int index, int seq)
{
	acts(fx, number,
	     "\"act\":\"queryServer\",\"index\":%d,\"address\":null,\"port\":%d,\"addressType\":4,"
	     "\"seq\":%d",
	     index, port, seq);
}

static void listens(struct fixture *fx, int number, int port, int index, int seq)
{
	acts(fx, number,
	     "\"act\":\"listening\",\"index\":%d,\"address\":null,\"port\":%d,\"addressType\":4,"
	     "\"seq\":%d",
	     index, port, seq);
}

static void got_handle(struct fixture *fx, int number)
{
	assert_true(says(fx, number, "{\"cmd\":\"NODE_HANDLE_ACK\"}"));
}

static void lost_handle(struct fixture *fx, int number)
{
	assert_true(says(fx, number, "{\"cmd\":\"NODE_HANDLE_NACK\"}"));
}

/* What happened since it was asked last. */
static void happened(struct fixture *fx, const char *expected)
{
	assert_string_equal(str_cstr(&fx->log), expected);
	str_clear(&fx->log);
}

static void workers_share_what_the_first_opened(void **state)
{
	struct fixture *fx = *state;

	acts(fx, 1, "\"act\":\"online\",\"seq\":0");
	asks(fx, 1, 3100, 0, 1);
	happened(fx, "1:online open(3100) 1<errno=0,key=\"pmc:1\",ack=1,fd=101 ");
	got_handle(fx, 1);
	listens(fx, 1, 3100, 0, 2);
	asks(fx, 2, 3100, 0, 7);
	happened(fx, "1:listening(1) 2<errno=0,key=\"pmc:1\",ack=7,fd=102 ");
	assert_int_equal(fx->workers[0].record.listening, 1);
	assert_int_equal(fx->workers[1].record.members, 1);
	assert_int_equal(fx->workers[1].record.next_seq, 8);
}

static void listening_to_any_port_gives_the_same_to_all(void **state)
{
	struct fixture *fx = *state;

	asks(fx, 1, 0, 0, 1);
	got_handle(fx, 1);
	asks(fx, 1, 0, 1, 2);
	got_handle(fx, 1);
	asks(fx, 2, 0, 1, 1);
	happened(fx, "open(0) 1<errno=0,key=\"pmc:1\",ack=1,fd=101 "
		     "open(0) 1<errno=0,key=\"pmc:2\",ack=2,fd=101 "
		     "2<errno=0,key=\"pmc:2\",ack=1,fd=102 ");
	listens(fx, 2, 4711, 1, 2);
	happened(fx, "2:listening(2) ");
}

static void the_first_workers_data_goes_to_all(void **state)
{
	struct fixture *fx = *state;
	struct cluster_server *server;

	acts(fx, 1,
	     "\"act\":\"queryServer\",\"port\":1,\"addressType\":4,\"seq\":1,\"data\":{\"k\":1}");
	acts(fx, 2,
	     "\"act\":\"queryServer\",\"port\":1,\"addressType\":4,\"seq\":1,\"data\":{\"k\":2}");
	server = cluster_primary_next(fx->primary, NULL);
	assert_string_equal(server->record.query.data, "{\"k\":1}");
	assert_null(cluster_primary_next(fx->primary, server));
}

static void errors_reach_the_app(void **state)
{
	struct fixture *fx = *state;

	fx->open_result = -EADDRINUSE;
	asks(fx, 1, 3100, 0, 1);
	happened(fx, "open(3100) 1<errno=-98,key=\"\",ack=1, ");
	fx->open_result = 0;
	asks(fx, 1, 3100, 0, 2);
	got_handle(fx, 1);
	asks(fx, 1, 3100, 1, 3); /* it listens there itself */
	happened(fx,
		 "open(3100) 1<errno=0,key=\"pmc:2\",ack=2,fd=101 1<errno=-98,key=\"\",ack=3, ");
	fx->lane_result = -EMFILE;
	asks(fx, 2, 3100, 0, 1);
	happened(fx, "2<errno=-24,key=\"\",ack=1, 2-leaves(2) ");
	acts(fx, 2, "\"act\":\"queryServer\",\"port\":\"x\",\"seq\":2");
	happened(fx, "2<errno=-22,key=\"\",ack=2, ");
}

static void an_app_has_a_limited_number_of_servers(void **state)
{
	struct fixture *fx = *state;

	for (int i = 0; i < CLUSTER_PRIMARY_SERVERS; i++) {
		asks(fx, 1, 1000 + i, 0, i);
		got_handle(fx, 1);
	}
	str_clear(&fx->log);
	asks(fx, 1, 5000, 0, 99);
	happened(fx, "1<errno=-23,key=\"\",ack=99, ");
}

static void one_descriptor_is_under_way_at_a_time(void **state)
{
	struct fixture *fx = *state;

	asks(fx, 1, 1, 0, 1);
	asks(fx, 1, 2, 0, 2);
	asks(fx, 1, 3, 0, 3);
	happened(fx, "open(1) 1<errno=0,key=\"pmc:1\",ack=1,fd=101 open(2) open(3) ");
	acts(fx, 1, "\"act\":\"close\",\"key\":\"pmc:2\",\"seq\":4");
	happened(fx, "1:closed(2) 1-leaves(2) close(2) ");
	got_handle(fx, 1);
	happened(fx, "1<errno=0,key=\"pmc:3\",ack=3,fd=101 ");
	got_handle(fx, 1);
	got_handle(fx, 1); /* one too many harms nothing */
	happened(fx, "");
}

static void an_answer_that_did_not_arrive_is_repeated(void **state)
{
	struct fixture *fx = *state;

	asks(fx, 1, 1, 0, 1);
	lost_handle(fx, 1);
	lost_handle(fx, 1);
	happened(fx, "open(1) 1<errno=0,key=\"pmc:1\",ack=1,fd=101 "
		     "1<errno=0,key=\"pmc:1\",ack=1,fd=101 1<errno=0,key=\"pmc:1\",ack=1,fd=101 ");
	lost_handle(fx, 1);
	happened(fx, "1<errno=-24,key=\"\",ack=1, 1-leaves(1) close(1) ");
	lost_handle(fx, 1); /* of an earlier engine: nobody knows what */
	lost_handle(fx, 1);
	happened(fx, "1:stuck ");
}

static void a_worker_that_cannot_be_answered_is_stuck(void **state)
{
	struct fixture *fx = *state;

	fx->send_result = -EPIPE; /* it is going: no matter */
	asks(fx, 1, 1, 0, 1);
	happened(fx, "open(1) ");
	fx->send_result = -ENOBUFS;
	asks(fx, 2, 1, 0, 1);
	asks(fx, 2, 1, 0, 1);
	happened(fx, "2:stuck ");
}

static void ports_stay_open_unless_the_last_closes_by_itself(void **state)
{
	struct fixture *fx = *state;

	asks(fx, 1, 1, 0, 1);
	asks(fx, 2, 1, 0, 1);
	asks(fx, 3, 2, 0, 1);
	got_handle(fx, 3);
	str_clear(&fx->log);
	assert_int_equal(cluster_primary_disconnect(fx->workers[0].cluster, "SIGINT"), 0);
	acts(fx, 1, "\"act\":\"close\",\"key\":\"pmc:1\",\"seq\":2");
	cluster_primary_remove(fx->workers[1].cluster); /* died */
	happened(fx, "1<act=\"disconnect\", 1:closed(1) 1-leaves(1) 2-leaves(1) ");
	assert_int_equal(fx->workers[1].record.members, 0);

	acts(fx, 3, "\"act\":\"close\",\"key\":\"pmc:2\",\"seq\":2");
	happened(fx, "3:closed(2) 3-leaves(2) close(2) ");
	acts(fx, 3, "\"act\":\"close\",\"key\":\"pmc:2\",\"seq\":3");
	acts(fx, 3, "\"act\":\"close\",\"key\":\"pmc:1\",\"seq\":3");
	happened(fx, "");

	asks(fx, 3, 1, 0, 4); /* its successor finds the port as it was */
	happened(fx, "3<errno=0,key=\"pmc:1\",ack=4,fd=103 ");
	assert_int_equal(cluster_primary_sweep(fx->primary), 0);
	cluster_primary_remove(fx->workers[2].cluster);
	assert_int_equal(cluster_primary_sweep(fx->primary), 1);
	happened(fx, "3-leaves(1) close(1) ");
}

static void a_worker_that_leaves_is_let_go(void **state)
{
	struct fixture *fx = *state;

	acts(fx, 1, "\"act\":\"exitedAfterDisconnect\",\"seq\":9");
	happened(fx, "1<ack=9, 1:leaving ");
	assert_true(fx->workers[0].record.flags & CLUSTER_WORKER_LEAVING);
	says(fx, 1, "{\"cmd\":\"NODE_PMC\",\"act\":\"drain\",\"v\":1}");
	happened(fx, "1:drains ");
}

static void who_was_told_to_leave_gets_no_answer(void **state)
{
	struct fixture *fx = *state;

	cluster_primary_disconnect(fx->workers[0].cluster, "SIGINT");
	asks(fx, 1, 1, 0, 1);
	happened(fx, "1<act=\"disconnect\", ");
}

/* Both workers listen on a server that hands over. */
static struct cluster_server *two_that_take(struct fixture *fx)
{
	fx->hands_over = true;
	for (int i = 1; i <= 2; i++) {
		asks(fx, i, 80, 0, 1);
		listens(fx, i, 80, 0, 2);
		cluster_primary_admit(fx->workers[i - 1].cluster, true);
	}
	happened(
		fx,
		"open(80) 1<errno=null,key=\"pmc:1\",ack=1,sockname={\"address\":\"::\",\"family\":"
		"\"IPv6\",\"port\":1}, 1:listening(1) 2<errno=null,key=\"pmc:1\",ack=1,sockname={"
		"\"address\":\"::\",\"family\":\"IPv6\",\"port\":1}, 2:listening(1) ");
	return cluster_primary_next(fx->primary, NULL);
}

static int give(struct fixture *fx, struct cluster_server *server, int fd)
{
	return cluster_primary_give(fx->primary, server, fd, fx->now_ms);
}

static void takes(struct fixture *fx, int number, bool accepted)
{
	acts(fx, number, "\"ack\":%lld,\"accepted\":%s,\"seq\":50",
	     (long long)fx->workers[number - 1].cluster->connection_seq,
	     accepted ? "true" : "false");
}

static void connections_go_round(void **state)
{
	struct fixture *fx = *state;
	struct cluster_server *server = two_that_take(fx);

	assert_int_equal(give(fx, server, 7), 0);
	assert_int_equal(give(fx, server, 8), 0);
	assert_int_equal(give(fx, server, 9), -EAGAIN);
	happened(fx, "1<act=\"newconn\",key=\"pmc:1\",fd=7 2<act=\"newconn\",key=\"pmc:1\",fd=8 ");
	got_handle(fx, 2);
	assert_int_equal(give(fx, server, 9), -EAGAIN); /* arrived, not yet taken */
	takes(fx, 2, true);
	assert_int_equal(give(fx, server, 9), 0); /* 1 is still busy */
	happened(fx, "taken(8) 2<act=\"newconn\",key=\"pmc:1\",fd=9 ");
	got_handle(fx, 1);
	takes(fx, 1, true);
	got_handle(fx, 2);
	takes(fx, 2, true);
	assert_int_equal(give(fx, server, 10), 0);
	assert_int_equal(give(fx, server, 11), 0);
	happened(fx, "taken(7) taken(9) 1<act=\"newconn\",key=\"pmc:1\",fd=10 "
		     "2<act=\"newconn\",key=\"pmc:1\",fd=11 ");
}

static void a_connection_nobody_took_comes_back(void **state)
{
	struct fixture *fx = *state;
	struct cluster_server *server = two_that_take(fx);

	give(fx, server, 7);
	got_handle(fx, 1);
	takes(fx, 1, false);
	happened(fx, "1<act=\"newconn\",key=\"pmc:1\",fd=7 back(7) ");

	give(fx, server, 8); /* to 2, whose descriptors have run out */
	lost_handle(fx, 2);
	happened(fx, "2<act=\"newconn\",key=\"pmc:1\",fd=8 back(8) ");
	give(fx, server, 9);
	assert_int_equal(give(fx, server, 10), -EAGAIN);
	fx->now_ms += CLUSTER_PRIMARY_BACKOFF_MS;
	assert_int_equal(give(fx, server, 10), 0);
	str_clear(&fx->log);

	cluster_primary_remove(fx->workers[0].cluster); /* died with it */
	happened(fx, "1-leaves(1) back(9) ");
	acts(fx, 2, "\"act\":\"close\",\"key\":\"pmc:1\",\"seq\":60");
	takes(fx, 2, false);
	happened(fx, "2:closed(1) 2-leaves(1) close(1) back(10,closed) ");
}

static void only_the_admitted_are_chosen_but_others_can_be_named(void **state)
{
	struct fixture *fx = *state;
	struct cluster_server *server = two_that_take(fx);

	cluster_primary_admit(fx->workers[0].cluster, false);
	give(fx, server, 7);
	assert_int_equal(give(fx, server, 8), -EAGAIN);
	assert_int_equal(cluster_primary_give_to(fx->workers[0].cluster, server, 8, fx->now_ms), 0);
	happened(fx, "2<act=\"newconn\",key=\"pmc:1\",fd=7 1<act=\"newconn\",key=\"pmc:1\",fd=8 ");
	assert_int_equal(cluster_primary_give_to(fx->workers[2].cluster, server, 9, fx->now_ms),
			 -EAGAIN); /* it does not listen there */
	got_handle(fx, 1);
	takes(fx, 1, true);
	cluster_primary_disconnect(fx->workers[0].cluster, "SIGTERM");
	assert_int_equal(cluster_primary_give_to(fx->workers[0].cluster, server, 9, fx->now_ms),
			 -EAGAIN);
}

static void a_connection_that_cannot_be_sent_goes_to_another(void **state)
{
	struct fixture *fx = *state;
	struct cluster_server *server = two_that_take(fx);

	fx->send_result = -ENOBUFS;
	assert_int_equal(give(fx, server, 7), -EAGAIN);
	fx->send_result = 0;
	assert_int_equal(give(fx, server, 7), 0);
	happened(fx, "1<act=\"newconn\",key=\"pmc:1\",fd=7 ");
}

static void every_handle_is_acknowledged(void **state)
{
	struct fixture *fx = *state;

	assert_false(
		says(fx, 1, "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Socket\",\"msg\":\"x\"}"));
	happened(fx, "1<NODE_HANDLE_ACK ");
	cluster_primary_lost(fx->workers[0].cluster, "{\"cmd\":\"NODE_HANDLE\",\"type\":\"n", 31);
	cluster_primary_lost(fx->workers[0].cluster, "[\"xxxxx", 7);
	happened(fx, "1<NODE_HANDLE_ACK ");
}

static void rubbish_changes_nothing(void **state)
{
	struct fixture *fx = *state;

	assert_false(says(fx, 1, "\"ready\""));
	assert_false(says(fx, 1, "[]"));
	assert_true(says(fx, 1, "{\"cmd\":\"NODE_WHATEVER\"}"));
	acts(fx, 1, "\"act\":\"dance\"");
	acts(fx, 1, "\"act\":7");
	acts(fx, 1, "\"act\":\"close\"");
	acts(fx, 1, "\"act\":\"listening\",\"port\":1,\"addressType\":4");
	acts(fx, 1, "\"ack\":{},\"accepted\":1");
	happened(fx, "");
}

/* The engine dies; the next one has the records. */
static void next_engine(struct fixture *fx)
{
	struct cluster_server_record servers[CLUSTER_PRIMARY_SERVERS];
	struct cluster_worker_record records[WORKERS];
	unsigned count = 0;

	for (struct cluster_server *s = NULL; (s = cluster_primary_next(fx->primary, s));)
		servers[count++] = s->record;
	for (int i = 0; i < WORKERS; i++)
		records[i] = fx->workers[i].record;
	cluster_primary_destroy(fx->primary);
	fx->primary = cluster_primary_create(&ops, fx, 1000000);
	for (unsigned i = 0; i < count; i++)
		assert_non_null(cluster_primary_restore(fx->primary, &servers[i], NULL));
	assert_null(cluster_primary_restore(fx->primary, &servers[0], NULL));
	for (int i = 0; i < WORKERS; i++) {
		fx->workers[i].record = records[i];
		fx->workers[i].cluster =
			cluster_primary_add(fx->primary, &fx->workers[i].record, &fx->workers[i]);
	}
	str_clear(&fx->log);
}

static void the_next_engine_goes_on(void **state)
{
	struct fixture *fx = *state;
	struct cluster_server *server = two_that_take(fx);

	next_engine(fx);
	server = cluster_primary_next(fx->primary, NULL);
	assert_true(server->record.hands_over);
	acts(fx, 1, "\"ack\":3,\"accepted\":true,\"seq\":3"); /* to the engine before */
	assert_int_equal(give(fx, server, 7), 0);
	happened(fx, "1<act=\"newconn\",key=\"pmc:1\",fd=7 ");
	assert_in_range(fx->workers[0].cluster->connection_seq, 1000000, 1000010);
	asks(fx, 3, 81, 0, 1);
	happened(
		fx,
		"open(81) 3<errno=null,key=\"pmc:2\",ack=1,sockname={\"address\":\"::\",\"family\":"
		"\"IPv6\",\"port\":1}, ");
}

static void a_question_that_was_answered_is_not_asked_twice(void **state)
{
	struct fixture *fx = *state;

	asks(fx, 1, 3100, 0, 1);
	next_engine(fx);
	asks(fx, 1, 3100, 0, 1); /* still in the socket */
	happened(fx, "");
	asks(fx, 1, 3101, 0, 2);
	happened(fx, "open(3101) 1<errno=0,key=\"pmc:2\",ack=2,fd=101 ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(workers_share_what_the_first_opened),
		TEST(listening_to_any_port_gives_the_same_to_all),
		TEST(the_first_workers_data_goes_to_all),
		TEST(errors_reach_the_app),
		TEST(an_app_has_a_limited_number_of_servers),
		TEST(one_descriptor_is_under_way_at_a_time),
		TEST(an_answer_that_did_not_arrive_is_repeated),
		TEST(a_worker_that_cannot_be_answered_is_stuck),
		TEST(ports_stay_open_unless_the_last_closes_by_itself),
		TEST(a_worker_that_leaves_is_let_go),
		TEST(who_was_told_to_leave_gets_no_answer),
		TEST(connections_go_round),
		TEST(a_connection_nobody_took_comes_back),
		TEST(only_the_admitted_are_chosen_but_others_can_be_named),
		TEST(a_connection_that_cannot_be_sent_goes_to_another),
		TEST(every_handle_is_acknowledged),
		TEST(rubbish_changes_nothing),
		TEST(the_next_engine_goes_on),
		TEST(a_question_that_was_answered_is_not_asked_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
