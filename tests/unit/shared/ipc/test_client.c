#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"
#include "shared/ipc/client.h"
#include "shared/ipc/message.h"
#include "shared/ipc/protocol.h"

#define HELLO "{\"hello\":{\"protocol\":[1,0],\"version\":\"9\",\"engine_pid\":7}}\n"

static char folder[] = "/tmp/pmc-test-client-XXXXXX";
static char socket_path[100];

/* A daemon for one client: its script runs in a child with the accepted connection; it ends with
 * the script. */
typedef void daemon_script(int fd);
static pid_t daemon_pid;

static int make_folder(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/sock", folder);
	return 0;
}

static int remove_folder(void **state)
{
	return rmdir(folder);
}

static void start_daemon(daemon_script *script)
{
	_cleanup_(fdio_closep) int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, socket_path, sizeof(socket_path));
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 5), 0);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		alarm(30); /* whatever the test does, this does not stay */
		script(accept(listener, NULL, NULL));
		_exit(0);
	}
}

static void end_daemon(void)
{
	int status;

	assert_int_equal(waitpid(daemon_pid, &status, 0), daemon_pid);
	assert_int_equal(status, 0);
	unlink(socket_path);
}

/* Read one line; the child ends in failure when there is none or it is another one. */
static void expect(int fd, const char *line)
{
	char got[4096];
	size_t len = 0;

	do {
		if (len == sizeof(got) - 1 || read(fd, got + len, 1) != 1)
			_exit(10);
	} while (got[len++] != '\n');
	got[len] = '\0';
	if (line && strcmp(got, line) != 0)
		_exit(11);
}

static void say(int fd, const char *text)
{
	if (fdio_write_all(fd, text, strlen(text)) < 0)
		_exit(12);
}

static void until_closed(int fd)
{
	char c;

	while (read(fd, &c, 1) > 0)
		continue;
}

static void greet(int fd)
{
	expect(fd, NULL);
	say(fd, HELLO);
}

static struct client *connected(void)
{
	struct client *client = NULL;
	struct pmc_error err = {};

	if (client_connect(socket_path, 10000, &client, &err) < 0)
		fail_msg("not connected: %s", err.message);
	return client;
}

static void stop_script(int fd)
{
	greet(fd);
	expect(fd, "{\"id\":1,\"method\":\"app.stop\",\"params\":{\"targets\":[\"web\"]}}\n");
	say(fd, "{\"id\":1,\"progress\":{\"pm_id\":0}}\n{\"id\":1,\"res");
	say(fd, "ult\":{\"failed\":0}}\n");
	expect(fd, "{\"id\":2,\"method\":\"daemon.ping\",\"params\":{}}\n");
	say(fd, "{\"id\":2,\"error\":{\"code\":\"busy\",\"message\":\"later\"}}\n");
	until_closed(fd);
}

static void ask_and_read_what_comes_back(void **state)
{
	json_t *params = json_pack("{s:[s]}", "targets", "web");
	struct client *client;
	struct message msg;

	start_daemon(stop_script);
	client = connected();
	assert_int_equal(client_send(client, "app.stop", params, NULL), 1);
	assert_int_equal(client_receive(client, 10000, &msg, NULL), 0);
	assert_int_equal(msg.kind, MESSAGE_PROGRESS);
	assert_int_equal(msg.id, 1);
	message_done(&msg);
	assert_int_equal(client_receive(client, -1, &msg, NULL), 0);
	assert_int_equal(msg.kind, MESSAGE_RESULT);
	message_done(&msg);
	assert_int_equal(client_send(client, "daemon.ping", NULL, NULL), 2);
	assert_int_equal(client_receive(client, 10000, &msg, NULL), 0);
	assert_int_equal(msg.kind, MESSAGE_ERROR);
	message_done(&msg);
	client_destroy(client);
	json_decref(params);
	end_daemon();
}

static void burst_script(int fd)
{
	expect(fd, NULL);
	say(fd, HELLO "{\"event\":{\"n\":1}}\n{\"event\":{\"n\":2}}\n{\"dropped\":3}\n");
	until_closed(fd);
}

static void what_is_buffered_is_known_without_poll(void **state)
{
	struct client *client;
	struct message msg;

	start_daemon(burst_script);
	client = connected();
	assert_true(client_fd(client) >= 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(client_receive(client, 10000, &msg, NULL), 0);
		assert_int_equal(msg.kind, i < 2 ? MESSAGE_EVENT : MESSAGE_DROPPED);
		assert_int_equal(client_buffered(client), i < 2);
		message_done(&msg);
	}
	client_destroy(client);
	end_daemon();
}

static void silent_script(int fd)
{
	greet(fd);
	say(fd, "{\"half");
	until_closed(fd);
}

static void waiting_has_an_end(void **state)
{
	struct client *client;
	struct message msg;
	struct pmc_error err = {};
	int64_t start_ms;

	start_daemon(silent_script);
	client = connected();
	start_ms = clock_now_ms();
	assert_int_equal(client_receive(client, 30, &msg, &err), -ETIMEDOUT);
	assert_true(clock_now_ms() - start_ms >= 30);
	assert_string_equal(err.message, "the daemon did not answer in time");
	assert_int_equal(client_receive(client, 0, &msg, NULL), -ETIMEDOUT);
	assert_false(client_buffered(client));
	client_destroy(client);
	end_daemon();
}

static void on_alarm(int signal)
{
}

static void a_signal_ends_the_wait(void **state)
{
	struct sigaction action = {.sa_handler = on_alarm}, before;
	struct itimerval every = {{0, 5000}, {0, 5000}}, never = {};
	struct client *client;
	struct message msg;

	start_daemon(silent_script);
	client = connected();
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &every, NULL); /* comes again and again: one finds poll() waiting */
	assert_int_equal(client_receive(client, -1, &msg, NULL), -EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	client_destroy(client);
	end_daemon();
}

static void dying_script(int fd)
{
	greet(fd);
	expect(fd, NULL);
	say(fd, "{\"id\":1,\"resu");
}

static void a_daemon_that_dies_is_noticed(void **state)
{
	struct client *client;
	struct message msg;
	struct pmc_error err = {};

	start_daemon(dying_script);
	client = connected();
	assert_int_equal(client_send(client, "daemon.ping", NULL, NULL), 1);
	assert_int_equal(client_receive(client, 10000, &msg, &err), -ECONNRESET);
	assert_string_equal(err.message, "the daemon closed the connection");
	end_daemon();
	assert_int_equal(client_send(client, "daemon.ping", NULL, &err), -EPIPE);
	client_destroy(client);
}

static void assert_refused(daemon_script *script, int code, const char *text)
{
	struct client *client = NULL;
	struct pmc_error err = {};

	start_daemon(script);
	assert_int_equal(client_connect(socket_path, 10000, &client, &err), code);
	assert_null(client);
	if (!strstr(err.message, text))
		fail_msg("'%s' does not say '%s'", err.message, text);
	end_daemon();
}

static void later_major_script(int fd)
{
	expect(fd, NULL);
	say(fd, "{\"hello\":{\"protocol\":[2,0],\"version\":\"3.1\"}}\n");
	until_closed(fd);
}

static void full_script(int fd)
{
	say(fd, "{\"id\":0,\"error\":{\"code\":\"busy\",\"message\":\"256 clients are "
		"connected\",\"hint\":\"close some\"}}\n");
	until_closed(fd);
}

static void web_server_script(int fd)
{
	expect(fd, NULL);
	say(fd, "HTTP/1.1 400 Bad Request\r\n");
	until_closed(fd);
}

static void early_event_script(int fd)
{
	expect(fd, NULL);
	say(fd, "{\"event\":{}}\n");
	until_closed(fd);
}

static void nul_script(int fd)
{
	expect(fd, NULL);
	if (write(fd, "\0\n", 2) != 2)
		_exit(13);
	until_closed(fd);
}

static void whom_we_do_not_understand_we_do_not_talk_to(void **state)
{
	assert_refused(later_major_script, -EPROTO, "(version 3.1) speaks protocol 2");
	assert_refused(full_script, -EBUSY, "256 clients are connected");
	assert_refused(web_server_script, -EBADMSG, "not JSON");
	assert_refused(early_event_script, -EPROTO, "not a pmc daemon");
	assert_refused(nul_script, -EBADMSG, "not our protocol");
}

static void mute_script(int fd)
{
	until_closed(fd);
}

static void a_daemon_that_does_not_greet_is_given_up(void **state)
{
	struct client *client = NULL;

	start_daemon(mute_script);
	assert_int_equal(client_connect(socket_path, 30, &client, NULL), -ETIMEDOUT);
	assert_null(client);
	end_daemon();
}

static void nobody_is_there(void **state)
{
	struct client *client = NULL;

	assert_int_equal(client_connect(socket_path, 1000, &client, NULL), -ENOENT);
	client_destroy(NULL);
}

static void echo_length_script(int fd)
{
	char c;
	size_t len = 0;
	_cleanup_(str_done) struct str reply = {};

	greet(fd);
	while (read(fd, &c, 1) == 1 && c != '\n')
		len++;
	str_appendf(&reply, "{\"id\":1,\"result\":{\"len\":%zu,\"text\":\"", len);
	str_append_repeat(&reply, 'r', 3 << 20);
	str_append(&reply, "\"}}\n");
	say(fd, str_cstr(&reply));
	until_closed(fd);
}

static void what_is_larger_than_a_socket_holds_arrives_whole(void **state)
{
	_cleanup_(mem_freep) char *text = mem_zalloc(500001);
	json_t *params, *too_much;
	struct client *client;
	struct message msg;
	struct pmc_error err = {};

	memset(text, 't', 500000);
	params = json_pack("{s:s}", "line", text);
	too_much = json_pack("{s:s, s:s, s:s}", "a", text, "b", text, "c", text);
	start_daemon(echo_length_script);
	client = connected();
	assert_int_equal(client_send(client, "app.send", too_much, &err), -EMSGSIZE);
	assert_int_equal(client_send(client, "app.send", params, NULL), 1);
	assert_int_equal(client_receive(client, 20000, &msg, NULL), 0);
	assert_int_equal(
		json_integer_value(json_object_get(msg.body, "len")),
		500000 + strlen("{\"id\":1,\"method\":\"app.send\",\"params\":{\"line\":\"\"}}"));
	assert_int_equal(json_string_length(json_object_get(msg.body, "text")), 3 << 20);
	message_done(&msg);
	client_destroy(client);
	json_decref(params);
	json_decref(too_much);
	end_daemon();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ask_and_read_what_comes_back),
		cmocka_unit_test(what_is_buffered_is_known_without_poll),
		cmocka_unit_test(waiting_has_an_end),
		cmocka_unit_test(a_signal_ends_the_wait),
		cmocka_unit_test(a_daemon_that_dies_is_noticed),
		cmocka_unit_test(whom_we_do_not_understand_we_do_not_talk_to),
		cmocka_unit_test(a_daemon_that_does_not_greet_is_given_up),
		cmocka_unit_test(nobody_is_there),
		cmocka_unit_test(what_is_larger_than_a_socket_holds_arrives_whole),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
