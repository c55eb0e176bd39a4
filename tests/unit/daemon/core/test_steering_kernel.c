/* The kernel's answers beside the interpreter's, for the same packets: lanes on the loopback,
 * clients from chosen addresses and ports. And the rules of group order that steering rests on. */
#include "daemon/core/steering_program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/core/steering.h"
#include "tests/unit/daemon/core/cbpf.h"

#define DEADLINE_MS 10000
#define LANES 6
#define WALKS 12
#define CHANGES 12
#define CLIENTS 12

static struct steering_program program;

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t length_of(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

static union address address_v4(uint32_t host, uint16_t port)
{
	return (union address){.v4 = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(host)}};
}

static union address address_v6(const struct in6_addr *host, uint16_t port)
{
	return (union address){
		.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = *host}};
}

/* ---- a group on the loopback ---- */

struct group {
	int type;	       /* SOCK_STREAM, SOCK_DGRAM */
	union address address; /* where clients go */
	bool dual;	       /* the lanes are on `::`, and IPv4's clients come there, too */
	uint32_t count;
	int fd[LANES];
};

/* A socket at the address, not listening yet. */
static int bound(int type, union address *address)
{
	int fd = socket(address->any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	socklen_t length = length_of(address);

	assert_true(fd >= 0);
	assert_return_code(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), errno);
	assert_return_code(bind(fd, &address->any, length), errno);
	assert_return_code(getsockname(fd, &address->any, &length), errno);
	return fd;
}

static void group_open(struct group *group, int type, bool dual, uint32_t count)
{
	union address at = dual ? address_v6(&in6addr_any, 0) : address_v4(INADDR_LOOPBACK, 0);

	*group = (struct group){.type = type, .dual = dual, .count = count};
	for (uint32_t i = 0; i < count; i++) {
		group->fd[i] = bound(type, &at);
		if (type == SOCK_STREAM)
			assert_return_code(listen(group->fd[i], 64), errno);
	}
	group->address = at;
}

static void group_close(struct group *group)
{
	for (uint32_t i = 0; i < group->count; i++)
		if (group->fd[i] >= 0)
			close(group->fd[i]);
}

static void attach_code(const struct group *group, struct sock_filter *code, uint16_t length)
{
	struct sock_fprog prog = {.len = length, .filter = code};

	assert_return_code(
		setsockopt(group->fd[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)),
		errno);
}

static void attach(const struct group *group, const struct steering *st)
{
	steering_program_build(st, &program);
	attach_code(group, program.code, program.length);
}

static void attach_constant(const struct group *group, uint32_t index)
{
	attach_code(group, &(struct sock_filter){BPF_RET | BPF_K, 0, 0, index}, 1);
}

/* ---- a client ---- */

struct client {
	int fd;
	bool ipv6;
	uint32_t source; /* IPv4, host order */
	uint16_t port;
};

/* A socket for this source; port 0: the kernel's choice. False: somebody has that port. */
static bool client_open(struct client *client, const struct group *group, bool ipv6,
			uint32_t source, uint16_t port)
{
	union address from = ipv6 ? address_v6(&in6addr_loopback, port) : address_v4(source, port);
	socklen_t length = length_of(&from);

	*client = (struct client){.ipv6 = ipv6, .source = source};
	client->fd = socket(from.any.sa_family, group->type | SOCK_CLOEXEC, 0);
	assert_true(client->fd >= 0);
	if (bind(client->fd, &from.any, length) < 0) {
		assert_int_equal(errno, EADDRINUSE);
		close(client->fd);
		return false;
	}
	assert_return_code(getsockname(client->fd, &from.any, &length), errno);
	client->port = ntohs(ipv6 ? from.v6.sin6_port : from.v4.sin_port);
	return true;
}

static void client_call(const struct client *client, const struct group *group)
{
	uint16_t port =
		ntohs(group->dual ? group->address.v6.sin6_port : group->address.v4.sin_port);
	union address to = client->ipv6 ? address_v6(&in6addr_loopback, port)
					: address_v4(INADDR_LOOPBACK, port);

	assert_return_code(connect(client->fd, &to.any, length_of(&to)), errno);
	if (group->type == SOCK_DGRAM)
		assert_int_equal(send(client->fd, "x", 1, 0), 1);
}

/* Takes one from the lane that has it. Exactly one has. */
static uint32_t who_answers(const struct group *group)
{
	struct pollfd polls[LANES];
	uint32_t lane = UINT32_MAX;
	char byte;
	int fd;

	for (uint32_t i = 0; i < group->count; i++)
		polls[i] = (struct pollfd){.fd = group->fd[i], .events = POLLIN};
	assert_int_equal(poll(polls, group->count, DEADLINE_MS), 1);
	for (uint32_t i = 0; i < group->count; i++)
		if (polls[i].revents)
			lane = i;
	if (group->type == SOCK_DGRAM) {
		assert_int_equal(recv(group->fd[lane], &byte, 1, 0), 1);
	} else {
		fd = accept(group->fd[lane], NULL, NULL);
		assert_true(fd >= 0);
		close(fd);
	}
	return lane;
}

static void client_close(struct client *client)
{
	struct linger at_once = {.l_onoff = 1};

	setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(client->fd);
}

/* The lane a client from this source gets in the kernel. */
static uint32_t ask_kernel(const struct group *group, struct client *client)
{
	uint32_t lane;

	client_call(client, group);
	lane = who_answers(group);
	client_close(client);
	return lane;
}

static uint32_t ask_interpreter(const struct client *client, uint32_t dice)
{
	struct cbpf_packet packet;

	if (client->ipv6)
		cbpf_packet_v6(&packet, in6addr_loopback.s6_addr, client->port);
	else
		cbpf_packet_v4(&packet, client->source, client->port, 0);
	packet.dice = dice;
	return cbpf_run(program.code, program.length, &packet);
}

/* Some client, from anywhere in 127/8 or from ::1. */
static void any_client(struct client *client, const struct group *group)
{
	bool ipv6 = group->dual && rand() % 2;
	uint32_t source = 0x7f000001u + (uint32_t)rand() % 0xfffff0u;
	uint16_t port;

	do
		port = rand() % 2 ? 0 : (uint16_t)(1024 + rand() % 60000);
	while (!client_open(client, group, ipv6, source, port));
}

/* ---- the same answers ---- */

/* Someone dies, becomes ready, is drained, … */
static void change(struct steering *st)
{
	struct steering_lane *lane = &st->lane[rand() % (int)st->lane_count];

	*lane = (struct steering_lane){.state = (enum steering_lane_state)(rand() % 6),
				       .slot = (uint32_t)rand() % 4,
				       .weight = 1,
				       .turn = ++st->turns};
	if (rand() % 2)
		lane->state = LANE_ADMITTED;
	if (lane->state == LANE_CANARY && st->balance == BALANCE_EVEN &&
	    st->transport == TRANSPORT_TCP)
		lane->state = LANE_GATED; /* needs dice; see shares_are_kept */
	st->canary_ppm = (uint32_t)rand() % 1000001;
	st->salt = (uint32_t)rand();
}

/* A client of which the program says nothing else: it is a probe. */
static void compare_probe(struct group *group, struct steering *st)
{
	struct client client;
	struct steering_probe probe = {.lane = (uint32_t)rand() % st->lane_count};

	any_client(&client, group);
	probe.port = client.port;
	probe.ipv6 = client.ipv6;
	for (int i = 0; i < 4; i++)
		probe.address[i] = (uint8_t)(client.source >> (24 - 8 * i));
	if (client.ipv6)
		memcpy(probe.address, in6addr_loopback.s6_addr, 16);
	assert_int_equal(steering_probe(st, &probe), 0);
	attach(group, st);
	assert_int_equal(ask_interpreter(&client, 0), probe.lane);
	assert_int_equal(ask_kernel(group, &client), probe.lane);
	steering_unprobe(st, &probe);
}

static void walk(unsigned seed, int type, bool dual, enum steering_balance balance)
{
	struct steering st = {.balance = balance,
			      .transport = type == SOCK_DGRAM ? TRANSPORT_UDP : TRANSPORT_TCP,
			      .hand_over = type == SOCK_STREAM,
			      .by_network = seed % 2};
	struct group group;

	print_message("# walk, seed %u: %s, %s, %s\n", seed, type == SOCK_DGRAM ? "UDP" : "TCP",
		      dual ? "::" : "127.0.0.1", balance == BALANCE_STICKY ? "sticky" : "even");
	srand(seed);
	group_open(&group, type, dual, LANES);
	assert_int_equal(steering_add(&st, LANES), 0);
	for (int i = 0; i < CHANGES; i++) {
		change(&st);
		compare_probe(&group, &st);
		attach(&group, &st);
		for (int j = 0; j < CLIENTS; j++) {
			struct client client;
			uint32_t expected;

			any_client(&client, &group);
			expected = ask_interpreter(&client, 0);
			assert_int_equal(ask_kernel(&group, &client), expected);
		}
	}
	group_close(&group);
}

static void kernel_and_interpreter_agree(void **state)
{
	const char *wanted = getenv("PMC_TEST_SEED");
	unsigned seed = 0;

	if (wanted)
		seed = (unsigned)strtoul(wanted, NULL, 10);
	else
		assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	print_message("# PMC_TEST_SEED=%u walks the same way again\n", seed);
	for (unsigned i = 0; i < WALKS; i++)
		walk(seed + i, i & 1 ? SOCK_DGRAM : SOCK_STREAM, i & 2,
		     i % 3 ? BALANCE_STICKY : BALANCE_EVEN);
}

/* Where dice decide, the kernel's answers are counted. Bounds of 6 sigma. */
static void shares_are_kept(void **state)
{
	struct steering st = {.canary_ppm = 200000};
	uint32_t counts[3] = {0};
	struct group group;

	group_open(&group, SOCK_STREAM, false, 3);
	assert_int_equal(steering_add(&st, 3), 0);
	for (int i = 0; i < 3; i++)
		st.lane[i].state = LANE_ADMITTED;
	st.lane[0].weight = 3;
	st.lane[2].state = LANE_CANARY;
	attach(&group, &st);
	for (int i = 0; i < 1000; i++) {
		struct client client;

		assert_true(client_open(&client, &group, false, INADDR_LOOPBACK, 0));
		counts[ask_kernel(&group, &client)]++;
	}
	assert_in_range(counts[0], 600 - 93, 600 + 93);
	assert_in_range(counts[1], 200 - 76, 200 + 76);
	assert_in_range(counts[2], 200 - 76, 200 + 76);
	group_close(&group);
}

/* The one limit of an attached program besides its length is net.core.optmem_max. */
static void the_kernel_takes_the_longest_program(void **state)
{
	struct steering st = {.balance = BALANCE_STICKY};
	struct sock_fprog prog = {.filter = program.code};
	struct client client;
	struct group group;

	group_open(&group, SOCK_STREAM, false, 2);
	assert_int_equal(steering_add(&st, STEERING_LANES_MAX), 0);
	for (uint32_t i = 0; i < STEERING_LANES_MAX; i++)
		st.lane[i] = (struct steering_lane){
			.state = LANE_ADMITTED, .slot = i, .weight = 1, .turn = i};
	assert_true(client_open(&client, &group, false, INADDR_LOOPBACK, 0));
	for (uint16_t i = 0; i < STEERING_PROBES_MAX; i++)
		assert_int_equal(
			steering_probe(&st,
				       &(struct steering_probe){.lane = 1,
								.port = (uint16_t)(client.port + i),
								.address = {127, 0, 0, 1}}),
			0);
	steering_program_build(&st, &program);
	prog.len = program.length;
	if (setsockopt(group.fd[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)) <
	    0) {
		assert_int_equal(errno, ENOMEM);
		print_message("# net.core.optmem_max is too small for %u instructions\n",
			      program.length);
		client_close(&client);
	} else {
		assert_int_equal(ask_kernel(&group, &client), 1);
	}
	group_close(&group);
}

/* ---- group order ---- */

/* The lane that gets connections when the program returns `index`. */
static uint32_t lane_at(const struct group *group, uint32_t index)
{
	struct client client;

	attach_constant(group, index);
	assert_true(client_open(&client, group, false, INADDR_LOOPBACK, 0));
	return ask_kernel(group, &client);
}

static void the_index_is_the_order_of_listen(void **state)
{
	struct group group = {.type = SOCK_STREAM, .count = 3};
	union address at = address_v4(INADDR_LOOPBACK, 0);
	static const int order[] = {2, 0, 1};

	for (int i = 0; i < 3; i++)
		group.fd[i] = bound(SOCK_STREAM, &at);
	group.address = at;
	for (int i = 0; i < 3; i++)
		assert_return_code(listen(group.fd[order[i]], 64), errno);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(lane_at(&group, i), order[i]);
	assert_return_code(listen(group.fd[2], 8), errno); /* again: as a worker does */
	assert_int_equal(lane_at(&group, 0), 2);
	group_close(&group);
}

static void a_closed_lane_would_rename_another(void **state)
{
	struct group group;
	int closed;

	group_open(&group, SOCK_STREAM, false, 4);
	assert_int_equal(lane_at(&group, 1), 1);
	closed = group.fd[1];
	assert_return_code(shutdown(closed, SHUT_RD), errno);
	group.fd[1] = -1;
	assert_int_equal(lane_at(&group, 1), 3);
	assert_return_code(listen(closed, 64), errno);
	group.fd[1] = closed;
	assert_int_equal(lane_at(&group, 1), 3);
	assert_int_equal(lane_at(&group, 3), 1);
	group_close(&group);
}

static void a_number_beyond_the_group_is_nobodys(void **state)
{
	struct group group;
	unsigned seen = 0;

	group_open(&group, SOCK_STREAM, false, 2);
	for (int i = 0; i < 64 && seen != 3; i++)
		seen |= 1u << lane_at(&group, i % 2 ? 2 : UINT32_MAX);
	assert_int_equal(seen, 3); /* the kernel's own hash: every lane, gated or not */
	group_close(&group);
}

static void a_load_beyond_the_packet_is_lane_0(void **state)
{
	struct sock_filter code[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)SKF_NET_OFF + 4000},
				     {BPF_RET | BPF_K, 0, 0, 1}};
	struct client client;
	struct group group;

	group_open(&group, SOCK_STREAM, false, 2);
	attach_code(&group, code, 2);
	assert_true(client_open(&client, &group, false, INADDR_LOOPBACK, 0));
	assert_int_equal(ask_kernel(&group, &client), 0);
	group_close(&group);
}

static void what_waits_in_a_lane_stays_there(void **state)
{
	struct client client;
	struct group group;

	group_open(&group, SOCK_STREAM, false, 2);
	attach_constant(&group, 0);
	assert_true(client_open(&client, &group, false, INADDR_LOOPBACK, 0));
	client_call(&client, &group);
	attach_constant(&group, 1); /* its instance drains */
	assert_int_equal(who_answers(&group), 0);
	client_close(&client);
	group_close(&group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_and_interpreter_agree),
		cmocka_unit_test(shares_are_kept),
		cmocka_unit_test(the_kernel_takes_the_longest_program),
		cmocka_unit_test(the_index_is_the_order_of_listen),
		cmocka_unit_test(a_closed_lane_would_rename_another),
		cmocka_unit_test(a_number_beyond_the_group_is_nobodys),
		cmocka_unit_test(a_load_beyond_the_packet_is_lane_0),
		cmocka_unit_test(what_waits_in_a_lane_stays_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
