#include "tests/unit/daemon/control/control_fixture.h"
#include "tests/unit/skip.h"

#include <sys/resource.h>
#include <sys/wait.h>

#define CROWD 500

static struct request *held;

void api_app_stop(struct request *req)
{
	held = req;
}

static void serve_again(int clients_max)
{
	server_destroy(fixture.server);
	turn();
	control_fixture_serve(clients_max);
}

static void one_client_too_many_is_told_so(void **state)
{
	struct client clients[3];

	serve_again(2);
	client_greet(&clients[0]);
	client_greet(&clients[1]);
	client_connect(&clients[2]);
	client_push(&clients[2], HELLO, strlen(HELLO));
	client_expect(&clients[2],
		      "{\"id\":0,\"error\":{\"code\":\"busy\",\"message\":\"too many clients\"}}");
	client_expect_close(&clients[2]);
	client_close(&clients[2]);
	client_send(&clients[0], PING);
	client_expect(&clients[0], PONG);
	client_close(&clients[0]);
	turn();
	expect_service(); /* in the place of the one that left */
	client_close(&clients[1]);
}

static void a_crowd_that_only_connects_harms_nobody(void **state)
{
	static struct client crowd[CROWD];
	int64_t begin_ms;

	serve_again(CROWD + 1);
	for (int i = 0; i < CROWD; i++)
		client_greet(&crowd[i]);
	assert_int_equal(server_clients(fixture.server), CROWD);
	begin_ms = clock_now_ms();
	expect_service();
	print_message("# an answer beside %d idle clients took %d ms\n", CROWD,
		      (int)(clock_now_ms() - begin_ms));
	for (int i = 0; i < CROWD; i++)
		client_close(&crowd[i]);
	turn();
	turn();
	assert_int_equal(server_clients(fixture.server), 0);
}

static void a_storm_of_connections_passes(void **state)
{
	for (int i = 0; i < 2000; i++) {
		struct client client;

		while (!client_try_connect(&client)) {
			close(client.fd); /* the backlog is full: the server's turn */
			turn();
		}
		close(client.fd);
	}
	for (int i = 0; i < 200; i++)
		turn();
	expect_service();
	assert_int_equal(server_clients(fixture.server), 0);
}

static void without_descriptors_clients_are_told_and_nothing_spins(void **state)
{
	struct rlimit limit, low;
	struct client first, second;
	int turns = 0;

	client_connect(&first);
	client_connect(&second);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = (struct rlimit){.rlim_cur = (rlim_t)second.fd + 1, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	client_push(&first, HELLO, strlen(HELLO));
	client_expect(&first, "no descriptors left");
	client_expect(&second, "no descriptors left");
	while (uv_backend_timeout(&fixture.fx.loop) == 0 && turns < 10)
		turns++;
	assert_true(turns < 10); /* the loop sleeps */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	client_close(&first);
	client_close(&second);
	expect_service();
}

static void wait_for_rebound(int times)
{
	int64_t deadline_ms = clock_now_ms() + DEADLINE_MS;

	while (fixture.rebound < times && clock_now_ms() < deadline_ms)
		uv_run(&fixture.fx.loop, UV_RUN_NOWAIT);
	assert_int_equal(fixture.rebound, times);
}

static void a_deleted_socket_is_bound_again(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fixture.fx, "run/pmc.sock");
	struct client before, waiting;
	struct stat st;

	client_greet(&before);
	client_connect(&waiting); /* in the backlog when it happens */
	for (int times = 1; times <= 3; times++) {
		assert_int_equal(unlink(path), 0);
		wait_for_rebound(times);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		expect_service();
	}
	client_send(&before, PING);
	client_expect(&before, PONG);
	client_send(&waiting, HELLO);
	client_expect(&waiting, "hello");
	client_close(&before);
	client_close(&waiting);
}

static void a_moved_socket_is_bound_again(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fixture.fx, "run/pmc.sock");
	_cleanup_(mem_freep) char *away = loop_fixture_path(&fixture.fx, "away.sock");

	assert_int_equal(rename(path, away), 0);
	wait_for_rebound(1);
	expect_service();
}

static void a_deleted_folder_is_made_again(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fixture.fx, "run/pmc.sock");
	_cleanup_(mem_freep) char *run = loop_fixture_path(&fixture.fx, "run");
	struct stat st;

	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(run), 0);
	wait_for_rebound(1);
	assert_int_equal(stat(run, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	expect_service();
	assert_int_equal(unlink(path), 0); /* the new folder is watched too */
	wait_for_rebound(2);
	expect_service();
}

static void a_socket_deleted_while_no_engine_ran_is_bound_again(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fixture.fx, "run/pmc.sock");
	struct server_config config = {.api = &fixture.api,
				       .home = fixture.fx.home,
				       .clients_max = 4,
				       .on_listener = control_fixture_on_listener,
				       .owner = &fixture};
	int shelf;

	server_destroy(fixture.server);
	turn();
	shelf = server_bind(fixture.fx.home, NULL);
	assert_int_equal(unlink(path), 0);
	fixture.server = server_create(&fixture.fx.handles, shelf, &config);
	assert_int_equal(fixture.rebound, 1);
	expect_service();
}

static void what_takes_the_place_of_the_socket_is_left_alone(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fixture.fx, "run/pmc.sock");
	struct client client;
	struct stat st;
	int fd;

	client_greet(&client);
	assert_int_equal(unlink(path), 0);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	turn();
	client_send(&client, PING); /* those who are in stay in */
	client_expect(&client, PONG);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(unlink(path), 0);
	wait_for_rebound(1);
	client_close(&client);
}

/* In the child: another user, to whom the door was opened. */
static void knock_as_another_user(void)
{
	struct client client;
	char buf[512];
	ssize_t n;

	if (setgid(65534) < 0 || setuid(65534) < 0 || !client_try_connect(&client))
		_exit(2);
	fcntl(client.fd, F_SETFL, 0);
	n = recv(client.fd, buf, sizeof(buf) - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	_exit(strstr(buf, "permission denied") && recv(client.fd, buf, sizeof(buf), 0) <= 0 ? 0
											    : 1);
}

static void another_user_is_refused_even_if_the_door_is_open(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fixture.fx, "run/pmc.sock");
	_cleanup_(mem_freep) char *run = loop_fixture_path(&fixture.fx, "run");
	int status = 0;
	pid_t child;

	if (geteuid() != 0)
		SKIP_BECAUSE("only root can be somebody else");
	assert_int_equal(chmod(path, 0777) | chmod(run, 0777) | chmod(fixture.fx.home, 0777), 0);
	child = fork();
	if (child == 0)
		knock_as_another_user();
	while (waitpid(child, &status, WNOHANG) == 0)
		uv_run(&fixture.fx.loop, UV_RUN_NOWAIT);
	assert_int_equal(status, 0);
	assert_int_equal(server_clients(fixture.server), 0);
	expect_service();
}

static void the_end_drops_everybody(void **state)
{
	struct client asking, quiet, silent;

	client_greet(&asking);
	client_greet(&quiet);
	client_connect(&silent);
	client_send(&asking, "{\"id\":9,\"method\":\"app.stop\",\"params\":{\"targets\":[]}}\n");
	server_destroy(fixture.server);
	fixture.server = NULL;
	turn();
	request_reply(held, NULL);
	client_expect_close(&asking);
	client_expect_close(&quiet);
	client_expect_close(&silent);
	client_close(&asking);
	client_close(&quiet);
	client_close(&silent);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, control_fixture_set_up, control_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_client_too_many_is_told_so),
		TEST(a_crowd_that_only_connects_harms_nobody),
		TEST(a_storm_of_connections_passes),
		TEST(without_descriptors_clients_are_told_and_nothing_spins),
		TEST(a_deleted_socket_is_bound_again),
		TEST(a_moved_socket_is_bound_again),
		TEST(a_deleted_folder_is_made_again),
		TEST(a_socket_deleted_while_no_engine_ran_is_bound_again),
		TEST(what_takes_the_place_of_the_socket_is_left_alone),
		TEST(another_user_is_refused_even_if_the_door_is_open),
		TEST(the_end_drops_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
