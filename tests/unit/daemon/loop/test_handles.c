#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/loop/handles.h"
#include "shared/base/mem.h"

/* Something with handles in it, as the rooms of the daemon have them. */
struct owner {
	struct handles handles;
	uv_timer_t timer, other_timer;
	uv_poll_t poll;
	uv_async_t async;
	uv_signal_t signal;
	uv_pipe_t pipe;
	uv_check_t check;
	uv_prepare_t prepare;
	uv_idle_t idle;
	int fd;
	int closed, dropped, fired;
};

static int make_loop(void **state)
{
	uv_loop_t *loop = mem_zalloc(sizeof(*loop));

	assert_int_equal(uv_loop_init(loop), 0);
	*state = loop;
	return 0;
}

/* Fails if anything is still open: every test leaves an empty loop. */
static int end_loop(void **state)
{
	uv_loop_t *loop = *state;

	uv_run(loop, UV_RUN_DEFAULT);
	assert_null(loop->data);
	assert_int_equal(uv_loop_close(loop), 0);
	free(loop);
	return 0;
}

static void on_closed(void *owner)
{
	((struct owner *)owner)->closed++;
}

static void on_dropped(void *owner)
{
	((struct owner *)owner)->dropped++;
}

static void on_timer(uv_timer_t *timer)
{
	((struct owner *)timer->data)->fired++;
}

static void on_async(uv_async_t *async)
{
	((struct owner *)async->data)->fired++;
}

static void fill(struct owner *o, uv_loop_t *loop)
{
	int pair[2];

	handles_init(&o->handles, loop);
	o->fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	close(pair[1]);
	handles_timer(&o->handles, &o->timer, o);
	handles_timer(&o->handles, &o->other_timer, o);
	assert_int_equal(handles_poll(&o->handles, &o->poll, o->fd, o), 0);
	assert_int_equal(handles_async(&o->handles, &o->async, on_async, o), 0);
	assert_int_equal(handles_signal(&o->handles, &o->signal, o), 0);
	assert_int_equal(handles_pipe(&o->handles, &o->pipe, pair[0], o), 0);
	handles_check(&o->handles, &o->check, o);
	handles_prepare(&o->handles, &o->prepare, o);
	handles_idle(&o->handles, &o->idle, o);
}

static void all_members_end_together_and_the_owner_is_told_once(void **state)
{
	struct owner o = {};

	fill(&o, *state);
	assert_int_equal(o.handles.open, 9);
	assert_ptr_equal(o.timer.data, &o);
	assert_ptr_equal(o.pipe.data, &o);
	handles_close(&o.handles, on_closed, &o);
	handles_close(&o.handles, on_closed, &o); /* a second call is ignored */
	assert_int_equal(o.closed, 0);		  /* never at once */
	assert_true(uv_is_closing((uv_handle_t *)&o.idle));
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(o.closed, 1);
	assert_int_equal(o.handles.open, 0);
	close(o.fd);
}

static void the_end_of_an_empty_group_comes_later_too(void **state)
{
	struct owner o = {};

	handles_init(&o.handles, *state);
	handles_close(&o.handles, on_closed, &o);
	assert_int_equal(o.closed, 0);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(o.closed, 1);
}

static void nobody_needs_to_ask_for_the_end(void **state)
{
	struct owner o = {};

	handles_init(&o.handles, *state);
	handles_timer(&o.handles, &o.timer, &o);
	handles_close(&o.handles, NULL, NULL);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(o.handles.open, 0);
}

static void one_member_may_go_early(void **state)
{
	struct owner o = {};

	fill(&o, *state);
	handles_drop(&o.handles, (uv_handle_t *)&o.poll, on_dropped, &o);
	handles_drop(&o.handles, (uv_handle_t *)&o.timer, NULL, NULL);
	assert_int_equal(o.dropped, 0);
	uv_timer_start(&o.other_timer, on_timer, 0, 0);
	uv_run(*state, UV_RUN_NOWAIT);
	assert_int_equal(o.dropped, 1);
	assert_int_equal(o.fired, 1); /* the others live */
	assert_int_equal(o.handles.open, 7);

	/* its memory is free: the same handle can be a member again */
	assert_int_equal(handles_poll(&o.handles, &o.poll, o.fd, &o), 0);
	handles_close(&o.handles, on_closed, &o);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(o.closed, 1);
	close(o.fd);
}

static void a_member_dropped_just_before_the_end_still_calls_back_first(void **state)
{
	struct owner o = {};

	fill(&o, *state);
	handles_drop(&o.handles, (uv_handle_t *)&o.poll, on_dropped, &o);
	handles_close(&o.handles, on_closed, &o);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(o.dropped, 1);
	assert_int_equal(o.closed, 1);
	close(o.fd);
}

/* Many owners, ended in any order, each freed in its own callback: a use after that is what ASan is
 * for. */
static void owners_are_freed_in_their_callback(void **state)
{
	struct owner *owners[50];

	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		owners[i] = mem_zalloc(sizeof(*owners[i]));
		handles_init(&owners[i]->handles, *state);
		handles_timer(&owners[i]->handles, &owners[i]->timer, owners[i]);
		handles_check(&owners[i]->handles, &owners[i]->check, owners[i]);
		handles_timer(&owners[i]->handles, &owners[i]->other_timer, owners[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(owners); i += 2)
		handles_close(&owners[i]->handles, free, owners[i]);
	uv_run(*state, UV_RUN_NOWAIT);
	for (size_t i = 1; i < ARRAY_SIZE(owners); i += 2)
		handles_close(&owners[i]->handles, free, owners[i]);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_alive(*state), 0);
}

static void close_the_group(uv_timer_t *timer)
{
	struct owner *o = timer->data;

	handles_close(&o->handles, on_closed, o);
}

static void a_member_s_callback_may_end_its_group(void **state)
{
	struct owner o = {};

	fill(&o, *state);
	uv_timer_start(&o.timer, close_the_group, 0, 0);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(o.closed, 1);
	close(o.fd);
}

static void close_another(void *owner)
{
	struct owner *o = owner;

	handles_close(&o->handles, on_closed, o);
}

static void the_end_of_one_group_may_end_another(void **state)
{
	struct owner first = {}, second = {};

	fill(&first, *state);
	fill(&second, *state);
	handles_close(&first.handles, close_another, &second);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(second.closed, 1);
	close(first.fd);
	close(second.fd);
}

static void what_cannot_be_watched_is_no_member(void **state)
{
	struct owner o = {};

	handles_init(&o.handles, *state);
	assert_int_equal(handles_poll(&o.handles, &o.poll, -1, &o), UV_EBADF);
	assert_int_equal(o.handles.open, 0);
	handles_close(&o.handles, on_closed, &o);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(o.closed, 1);
}

static void a_pipe_without_a_descriptor_is_a_member(void **state)
{
	struct owner o = {};

	handles_init(&o.handles, *state);
	assert_int_equal(handles_pipe(&o.handles, &o.pipe, -1, &o), 0);
	assert_int_equal(o.handles.open, 1);
	handles_close(&o.handles, on_closed, &o);
	uv_run(*state, UV_RUN_DEFAULT);
	assert_int_equal(o.closed, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_loop, end_loop)
	static const struct CMUnitTest tests[] = {
		TEST(all_members_end_together_and_the_owner_is_told_once),
		TEST(the_end_of_an_empty_group_comes_later_too),
		TEST(nobody_needs_to_ask_for_the_end),
		TEST(one_member_may_go_early),
		TEST(a_member_dropped_just_before_the_end_still_calls_back_first),
		TEST(owners_are_freed_in_their_callback),
		TEST(a_member_s_callback_may_end_its_group),
		TEST(the_end_of_one_group_may_end_another),
		TEST(what_cannot_be_watched_is_no_member),
		TEST(a_pipe_without_a_descriptor_is_a_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
