/* Real Node workers under our primary. The program gets the folder of its apps; $PMC_TEST_NODE
 * names another node than the one in PATH. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "daemon/node/node_message.h"
#include "shared/base/fdio.h"
#include "tests/unit/daemon/node/node_rig.h"

static char *app, *preload;

static int set_up(void **state)
{
	struct node_rig *rig = mem_zalloc(sizeof(*rig));

	node_rig_set_up(rig, app);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	node_rig_tear_down(*state);
	free(*state);
	return 0;
}

static void says(struct node_rig *rig, int number, const char *line)
{
	assert_int_equal(channel_send(&rig->workers[number - 1].channel, line, strlen(line), -1),
			 0);
}

/* Ask on a new connection; the body is the worker's number. */
static void check_answered_by(struct node_rig *rig, unsigned place, const char *body)
{
	_cleanup_(fdio_closep) int fd = node_rig_connect(rig, place);
	_cleanup_(mem_freep) char *answer = node_rig_request(rig, fd, "/");

	assert_non_null(strstr(answer, " 200 OK\r\n"));
	assert_string_equal(strstr(answer, "\r\n\r\n") + 4, body);
}

static void two_workers_share_a_port(void **state)
{
	struct node_rig *rig = *state;

	node_rig_start(rig, 1, "{\"port\":0,\"host\":\"127.0.0.1\"}", NULL);
	node_rig_await(rig, "1:online ");
	node_rig_await(rig, "1:listening(1) ");
	node_rig_start(rig, 2, "{\"port\":0,\"host\":\"127.0.0.1\"}", NULL);
	node_rig_await(rig, "2:listening(1) ");

	cluster_primary_disconnect(rig->workers[0].cluster, "SIGINT");
	node_rig_await(rig, "1:ended ");
	assert_int_equal(node_rig_exit_status(&rig->workers[0]), 0);
	check_answered_by(rig, 0, "2");
	cluster_primary_disconnect(rig->workers[1].cluster, "SIGINT");
	node_rig_await(rig, "2:ended ");

	node_rig_start(rig, 3, "{\"port\":0,\"host\":\"127.0.0.1\"}", NULL); /* same port */
	node_rig_await(rig, "3:listening(1) ");
	check_answered_by(rig, 0, "3");
}

static void any_port_is_the_same_for_all(void **state)
{
	struct node_rig *rig = *state;

	node_rig_start(rig, 1, "0", "0");
	node_rig_await(rig, ":listening(1) ");
	node_rig_await(rig, ":listening(2) ");
	check_answered_by(rig, 0, "1");
	check_answered_by(rig, 1, "1");
	node_rig_start(rig, 2, "0", "0");
	node_rig_await(rig, "2:listening(1) ");
	node_rig_await(rig, "2:listening(2) ");
	assert_null(cluster_primary_next(
		rig->primary,
		cluster_primary_next(rig->primary, cluster_primary_next(rig->primary, NULL))));
}

static void unix_sockets_and_datagrams(void **state)
{
	struct node_rig *rig = *state;
	_cleanup_(mem_freep) char *path = loop_fixture_path(&rig->loop, "app.sock");
	_cleanup_(mem_freep) char *answer = NULL;
	_cleanup_(fdio_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	node_rig_start(rig, 1, path, "udp:0");
	node_rig_await(rig, "1:listening(1) ");
	node_rig_await(rig, "1:listening(2) ");
	assert_int_equal(access(path, F_OK), 0);
	for (struct cluster_server *s = NULL; (s = cluster_primary_next(rig->primary, s));) {
		if (cluster_query_is_udp(&s->record.query))
			in.sin_port = htons((uint16_t)s->record.bound_port);
	}
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(send(fd, "hello", 5, 0), 5);
	answer = node_rig_read(rig, fd);
	assert_string_equal(answer, "1 hello");
}

static void a_port_in_use_is_an_error_of_the_app(void **state)
{
	struct node_rig *rig = *state;
	_cleanup_(mem_freep) char *taken = NULL;

	node_rig_start(rig, 1, "0", NULL);
	node_rig_await(rig, "1:listening(1) ");
	taken = mem_printf("%d", cluster_primary_next(rig->primary, NULL)->record.bound_port);
	node_rig_start(rig, 2, taken, NULL);
	node_rig_await(rig, "2>{\"type\":\"failed\",\"data\":\"bind EADDRINUSE\"} ");
	node_rig_start(rig, 3, "{\"port\":0,\"exclusive\":true}", NULL);
	node_rig_await(rig, "3>{\"type\":\"up\""); /* all by itself: we hear nothing of it */
	assert_int_equal(rig->workers[2].record.members, 0);
}

static void hand_over(struct node_rig *rig, int *ret_client)
{
	struct cluster_server *server = cluster_primary_next(rig->primary, NULL);
	int fd;

	*ret_client = node_rig_connect(rig, 0);
	fd = accept4((int)(intptr_t)server->sockets, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(cluster_primary_give(rig->primary, server, fd, 0), 0);
}

static void handed_over_connections_go_round(void **state)
{
	struct node_rig *rig = *state;

	rig->hands_over = true;
	node_rig_start(rig, 1, "0", NULL);
	node_rig_await(rig, "1:listening(1) ");
	node_rig_start(rig, 2, "0", NULL);
	node_rig_await(rig, "2:listening(1) ");
	for (int i = 0; i < 6; i++) {
		_cleanup_(mem_freep) char *answer = NULL;
		_cleanup_(fdio_closep) int client = -1;

		hand_over(rig, &client);
		answer = node_rig_request(rig, client, "/");
		assert_string_equal(strstr(answer, "\r\n\r\n") + 4, i % 2 ? "2" : "1");
		node_rig_await(rig, "taken ");
	}
}

static void messages_go_both_ways(void **state)
{
	struct node_rig *rig = *state;
	struct str line = {};

	node_rig_start(rig, 1, "0", NULL);
	says(rig, 1, "\"early\"\n"); /* before it listens to anything */
	node_rig_await(rig, "1>{\"type\":\"echo\",\"data\":\"early\"} ");
	str_append(&line, "\"");
	str_append_repeat(&line, 'x', 120000);
	str_append(&line, "\"\n");
	says(rig, 1, line.data);
	node_rig_await(rig, "1>{\"type\":\"echo\",\"data\":\"xxxxxx");
	says(rig, 1, "\"handle\"\n");
	node_rig_await(rig, "1>\"with a socket\" ");
	says(rig, 1, "7\n"); /* nothing is stuck behind the handle */
	node_rig_await(rig, "1>{\"type\":\"echo\",\"data\":7} ");
	str_done(&line);
}

static void a_worker_outlives_the_engine(void **state)
{
	struct node_rig *rig = *state;
	struct node_rig_worker *w = node_rig_start(rig, 1, "0", NULL);

	node_rig_await(rig, "1:listening(1) ");
	for (int i = 0; i < 20; i++) {
		_cleanup_(mem_freep) char *line = mem_printf("%d\n", i);
		_cleanup_(mem_freep) char *echo =
			mem_printf("1>{\"type\":\"echo\",\"data\":%d} ", i);

		says(rig, 1, line);
		node_rig_next_engine(w);
		check_answered_by(rig, 0, "1");
		node_rig_await(rig, echo);
	}
	assert_false(w->ended);
}

/* A request under way, a keep-alive connection that is idle, one that was never used. */
static void leaving_loses_nothing(void **state)
{
	struct node_rig *rig = *state;
	_cleanup_(fdio_closep) int idle = -1, busy = -1, unused = -1;
	_cleanup_(mem_freep) char *first = NULL, *late = NULL, *held = NULL;

	rig->preload = preload;
	node_rig_start(rig, 1, "0", NULL);
	node_rig_await(rig, "1:drains ");
	node_rig_await(rig, "1:listening(1) ");
	idle = node_rig_connect(rig, 0);
	busy = node_rig_connect(rig, 0);
	first = node_rig_request(rig, idle, "/pairs");
	assert_non_null(strcasestr(first, "connection: keep-alive"));
	unused = node_rig_connect(rig, 0);
	node_rig_ask(busy, "/hold");
	node_rig_await(rig, "1>\"held\" ");

	cluster_primary_disconnect(rig->workers[0].cluster, "SIGINT");
	node_rig_await(rig, "1:closed(1) ");
	late = node_rig_request(rig, idle, "/pairs"); /* it was on its way, so to speak */
	assert_non_null(strstr(late, "Set-Cookie: a\r\nSet-Cookie: b\r\n"));
	assert_non_null(strcasestr(late, "connection: close"));
	assert_null(strcasestr(late, "keep-alive"));
	says(rig, 1, "\"release\"\n");
	held = node_rig_answer(rig, busy);
	assert_non_null(strcasestr(held, "connection: close"));
	node_rig_await(rig, "1:ended "); /* the unused one was cut */
	assert_int_equal(node_rig_exit_status(&rig->workers[0]), 0);
}

static void headers_given_as_an_object_end_the_connection_too(void **state)
{
	struct node_rig *rig = *state;
	_cleanup_(fdio_closep) int fd = -1;
	_cleanup_(mem_freep) char *first = NULL, *last = NULL;

	rig->preload = preload;
	node_rig_start(rig, 1, "0", NULL);
	node_rig_await(rig, "1:listening(1) ");
	fd = node_rig_connect(rig, 0);
	first = node_rig_request(rig, fd, "/");
	cluster_primary_disconnect(rig->workers[0].cluster, "SIGINT");
	node_rig_await(rig, "1:closed(1) ");
	last = node_rig_request(rig, fd, "/object");
	assert_non_null(strstr(last, " 200 Fine\r\n"));
	assert_non_null(strstr(last, "X-Own: 1\r\n"));
	assert_non_null(strcasestr(last, "connection: close"));
	assert_null(strcasestr(last, "keep-alive"));
	node_rig_await(rig, "1:ended ");
}

static void an_app_that_listens_for_the_stop_signal_gets_it(void **state)
{
	struct node_rig *rig = *state;
	int status;

	rig->preload = preload;
	rig->listens_for = "SIGTERM";
	node_rig_start(rig, 1, "0", NULL);
	node_rig_await(rig, "1:listening(1) ");
	cluster_primary_disconnect(rig->workers[0].cluster, "SIGTERM");
	node_rig_await(rig, "1:ended ");
	assert_int_equal(waitpid(rig->workers[0].pid, &status, WNOHANG), 0);
	kill(rig->workers[0].pid, SIGTERM);
	status = node_rig_exit_status(&rig->workers[0]);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3); /* its own handler */
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(two_workers_share_a_port),
		TEST(any_port_is_the_same_for_all),
		TEST(unix_sockets_and_datagrams),
		TEST(a_port_in_use_is_an_error_of_the_app),
		TEST(handed_over_connections_go_round),
		TEST(messages_go_both_ways),
		TEST(a_worker_outlives_the_engine),
		TEST(leaving_loses_nothing),
		TEST(headers_given_as_an_object_end_the_connection_too),
		TEST(an_app_that_listens_for_the_stop_signal_gets_it),
	};

	if (argc < 3)
		return 2;
	app = argv[1];
	preload = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
