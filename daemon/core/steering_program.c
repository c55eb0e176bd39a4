#include "daemon/core/steering_program.h"

#include <assert.h>
#include <stdbool.h>

#include "daemon/core/steering.h"

/* Odd numbers whose multiplication spreads bits well. */
#define K1 0x9e3779b1u
#define K2 0x85ebca6bu
#define K3 0xc2b2ae35u
#define K_DICE 0xcc9e2d51u

#define NET                                                                                        \
	((uint32_t)SKF_NET_OFF) /* the IP header; an IPv4 client of a `::` socket has IPv4's       \
				 */
#define NET_SOURCE_V4 (NET + 12)
#define NET_SOURCE_V6 (NET + 8)
#define NET_PORT_V6 (NET + 40) /* source port: behind a header of fixed size */

/* The scratch words of the program. */
enum { M_CLIENT, M_BEST, M_LANE };

/* Two ways: the address is hashed, or the kernel's dice are thrown. */
static bool by_address(const struct steering *st)
{
	return st->balance == BALANCE_STICKY || st->transport == TRANSPORT_UDP;
}

static void emit_jump(struct steering_program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	assert(p->length < STEERING_PROGRAM_MAX);
	p->code[p->length++] = (struct sock_filter){code, jt, jf, k};
}

static void emit(struct steering_program *p, uint16_t code, uint32_t k)
{
	emit_jump(p, code, k, 0, 0);
}

static void emit_return(struct steering_program *p, uint32_t lane)
{
	emit(p, BPF_RET | BPF_K, lane);
}

/* An unconditional jump whose target is_here() sets: the way past code of any length. */
static uint16_t emit_ahead(struct steering_program *p)
{
	emit(p, BPF_JMP | BPF_JA, 0);
	return p->length - 1;
}

static void is_here(struct steering_program *p, uint16_t jump)
{
	p->code[jump].k = p->length - jump - 1u;
}

/* Go on after this for IPv4; the returned jump is taken by IPv6. */
static uint16_t emit_if_ipv4(struct steering_program *p)
{
	emit(p, BPF_LD | BPF_B | BPF_ABS, NET);
	emit(p, BPF_ALU | BPF_AND | BPF_K, 0xf0);
	emit_jump(p, BPF_JMP | BPF_JEQ | BPF_K, 0x60, 0, 1);
	return emit_ahead(p);
}

static void emit_port_v4(struct steering_program *p)
{
	emit(p, BPF_LDX | BPF_B | BPF_MSH, NET);
	emit(p, BPF_LD | BPF_H | BPF_IND, NET);
}

/* A = source port. */
static void emit_port(struct steering_program *p)
{
	uint16_t ipv6 = emit_if_ipv4(p), done;

	emit_port_v4(p);
	done = emit_ahead(p);
	is_here(p, ipv6);
	emit(p, BPF_LD | BPF_H | BPF_ABS, NET_PORT_V6);
	is_here(p, done);
}

/* ---- probes ---- */

static uint32_t word_of(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* X = source port. Whose port or address is another goes on behind this. */
static void emit_probe(struct steering_program *p, const struct steering_probe *probe)
{
	uint8_t words = probe->ipv6 ? 4 : 1;
	uint32_t source = probe->ipv6 ? NET_SOURCE_V6 : NET_SOURCE_V4;

	emit(p, BPF_MISC | BPF_TXA, 0);
	emit_jump(p, BPF_JMP | BPF_JEQ | BPF_K, probe->port, 0, words * 2 + 1);
	for (uint8_t i = 0; i < words; i++) {
		emit(p, BPF_LD | BPF_W | BPF_ABS, source + 4u * i);
		emit_jump(p, BPF_JMP | BPF_JEQ | BPF_K, word_of(probe->address + 4 * i), 0,
			  (words - i) * 2 - 1);
	}
	emit_return(p, probe->lane);
}

static void emit_probes_of(struct steering_program *p, const struct steering *st, bool ipv6)
{
	for (uint32_t i = 0; i < st->probe_count; i++)
		if (st->probe[i].ipv6 == ipv6)
			emit_probe(p, &st->probe[i]);
}

static void emit_probes(struct steering_program *p, const struct steering *st)
{
	uint16_t ipv6, done;

	if (st->probe_count == 0)
		return;
	ipv6 = emit_if_ipv4(p);
	emit_port_v4(p);
	emit(p, BPF_MISC | BPF_TAX, 0);
	emit_probes_of(p, st, false);
	done = emit_ahead(p);
	is_here(p, ipv6);
	emit(p, BPF_LD | BPF_H | BPF_ABS, NET_PORT_V6);
	emit(p, BPF_MISC | BPF_TAX, 0);
	emit_probes_of(p, st, true);
	is_here(p, done);
}

/* ---- the client's number ---- */

static void emit_multiply(struct steering_program *p, uint32_t k)
{
	emit(p, BPF_ALU | BPF_MUL | BPF_K, k);
}

/* A ^= A >> bits; X is lost. */
static void emit_fold(struct steering_program *p, uint32_t bits)
{
	emit(p, BPF_MISC | BPF_TAX, 0);
	emit(p, BPF_ALU | BPF_RSH | BPF_K, bits);
	emit(p, BPF_ALU | BPF_XOR | BPF_X, 0);
}

/* A = the IPv6 source address, 4 words or 2 in 1. */
static void emit_address_v6(struct steering_program *p, bool by_network)
{
	static const uint32_t k[] = {K1, K2, K3};

	emit(p, BPF_LD | BPF_W | BPF_ABS, NET_SOURCE_V6);
	for (uint32_t i = 0; i < (by_network ? 1 : 3); i++) {
		emit_multiply(p, k[i]);
		emit(p, BPF_MISC | BPF_TAX, 0);
		emit(p, BPF_LD | BPF_W | BPF_ABS, NET_SOURCE_V6 + 4 * (i + 1));
		emit(p, BPF_ALU | BPF_XOR | BPF_X, 0);
	}
}

/* M_CLIENT = a number that depends on the client's address alone; with UDP on its port, too:
 * neighbouring ports give neighbouring numbers, so that one client's flows are spread evenly. */
static void emit_client(struct steering_program *p, const struct steering *st)
{
	uint16_t ipv6 = emit_if_ipv4(p), done;

	emit(p, BPF_LD | BPF_W | BPF_ABS, NET_SOURCE_V4);
	done = emit_ahead(p);
	is_here(p, ipv6);
	emit_address_v6(p, st->balance == BALANCE_STICKY && st->by_network);
	is_here(p, done);
	emit_multiply(p, K1);
	emit_fold(p, 16);
	emit_multiply(p, K2);
	emit_fold(p, 13);
	emit_multiply(p, K3);
	emit_fold(p, 16);
	emit(p, BPF_ST, M_CLIENT);
	if (st->balance == BALANCE_STICKY)
		return;
	emit_port(p);
	emit(p, BPF_ALU | BPF_RSH | BPF_K, 4);
	emit(p, BPF_LDX | BPF_W | BPF_MEM, M_CLIENT);
	emit(p, BPF_ALU | BPF_ADD | BPF_X, 0);
	emit(p, BPF_ST, M_CLIENT);
}

/* A = 32 bits to divide clients by share; TCP: random; else the same for the same client. */
static void emit_dice(struct steering_program *p, const struct steering *st)
{
	if (by_address(st)) {
		emit(p, BPF_LD | BPF_W | BPF_MEM, M_CLIENT);
		emit_multiply(p, K_DICE);
	} else {
		emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_RANDOM);
	}
}

/* ---- choices ---- */

struct lane_list {
	uint32_t count;
	uint32_t lane[STEERING_LANES_MAX];
};

/* Of two instances of one slot the younger serves its clients. */
static bool has_younger_sibling(const struct steering *st, const struct steering_lane *lane)
{
	for (uint32_t i = 0; i < st->lane_count; i++)
		if (st->lane[i].state == lane->state && st->lane[i].slot == lane->slot &&
		    st->lane[i].turn > lane->turn)
			return true;
	return false;
}

static void collect(const struct steering *st, enum steering_lane_state state,
		    struct lane_list *list)
{
	list->count = 0;
	for (uint32_t i = 0; i < st->lane_count; i++) {
		const struct steering_lane *lane = &st->lane[i];

		if (lane->state != state || (state == LANE_ADMITTED && lane->weight == 0))
			continue;
		if (st->balance == BALANCE_STICKY && has_younger_sibling(st, lane))
			continue;
		list->lane[list->count++] = i;
	}
}

/* A < below: `lane`. */
static void emit_below(struct steering_program *p, uint64_t below, uint32_t lane)
{
	emit_jump(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)below, 1, 0);
	emit_return(p, lane);
}

static void emit_canary(struct steering_program *p, const struct steering *st,
			const struct lane_list *canaries)
{
	uint64_t share = ((uint64_t)st->canary_ppm << 32) / 1000000;

	if (canaries->count == 0 || share == 0)
		return;
	emit_dice(p, st);
	for (uint32_t i = 0; i < canaries->count; i++) {
		uint64_t below = share * (i + 1) / canaries->count;

		if (below > UINT32_MAX)
			emit_return(p, canaries->lane[i]);
		else
			emit_below(p, below, canaries->lane[i]);
	}
}

static uint64_t weights_of(const struct steering *st, const struct lane_list *list, bool *ret_equal)
{
	uint64_t sum = 0;

	*ret_equal = true;
	for (uint32_t i = 0; i < list->count; i++) {
		sum += st->lane[list->lane[i]].weight;
		if (st->lane[list->lane[i]].weight != st->lane[list->lane[0]].weight)
			*ret_equal = false;
	}
	return sum;
}

/* Equal weights: neighbouring flows of one client go to different lanes. connect() hands out even
 * ports in order, so the low bits of a port are no measure. */
static void emit_turns(struct steering_program *p, const struct steering *st,
		       const struct lane_list *list)
{
	if (by_address(st)) {
		emit(p, BPF_LD | BPF_W | BPF_MEM, M_CLIENT);
	} else {
		emit_port(p);
		emit(p, BPF_ALU | BPF_RSH | BPF_K, 4);
	}
	emit(p, BPF_ALU | BPF_MOD | BPF_K, list->count);
	for (uint32_t i = 0; i + 1 < list->count; i++)
		emit_below(p, i + 1, list->lane[i]);
	emit_return(p, list->lane[list->count - 1]);
}

static void emit_weights(struct steering_program *p, const struct steering *st,
			 const struct lane_list *list, uint64_t sum)
{
	uint64_t below = 0;

	emit_dice(p, st);
	for (uint32_t i = 0; i + 1 < list->count; i++) {
		below += st->lane[list->lane[i]].weight;
		emit_below(p, (below << 32) / sum, list->lane[i]);
	}
	emit_return(p, list->lane[list->count - 1]);
}

static uint32_t seed_of(const struct steering *st, uint32_t slot)
{
	uint32_t h = (slot + 1) * K1 ^ st->salt;

	h = (h ^ h >> 16) * K2;
	h = (h ^ h >> 13) * K3;
	return h ^ h >> 16;
}

/* Rendezvous hashing: the highest number of client and slot wins. When slots come or go only the
 * clients of those move. */
static void emit_highest(struct steering_program *p, const struct steering *st,
			 const struct lane_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		emit(p, BPF_LD | BPF_W | BPF_MEM, M_CLIENT);
		emit(p, BPF_ALU | BPF_XOR | BPF_K, seed_of(st, st->lane[list->lane[i]].slot));
		emit_multiply(p, K1);
		emit_fold(p, 15);
		emit_multiply(p, K2);
		if (i > 0) {
			emit(p, BPF_LDX | BPF_W | BPF_MEM, M_BEST);
			emit_jump(p, BPF_JMP | BPF_JGE | BPF_X, 0, 0, 3);
		}
		emit(p, BPF_ST, M_BEST);
		emit(p, BPF_LD | BPF_IMM, list->lane[i]);
		emit(p, BPF_ST, M_LANE);
	}
	emit(p, BPF_LD | BPF_W | BPF_MEM, M_LANE);
	emit(p, BPF_RET | BPF_A, 0);
}

static void emit_main(struct steering_program *p, const struct steering *st,
		      const struct lane_list *list)
{
	bool equal;
	uint64_t sum = weights_of(st, list, &equal);

	if (list->count == 1)
		emit_return(p, list->lane[0]);
	else if (st->balance == BALANCE_STICKY)
		emit_highest(p, st, list);
	else if (equal)
		emit_turns(p, st, list);
	else
		emit_weights(p, st, list, sum);
}

void steering_program_build(const struct steering *st, struct steering_program *program)
{
	struct lane_list admitted, canaries;

	program->length = 0;
	if (st->balance == BALANCE_SHARED || st->balance == BALANCE_RR)
		return;
	emit_probes(program, st);
	collect(st, LANE_ADMITTED, &admitted);
	collect(st, LANE_CANARY, &canaries);
	if (admitted.count + canaries.count == 0) {
		emit_return(program, steering_parking(st));
		return;
	}
	if (by_address(st) && admitted.count + canaries.count > 1)
		emit_client(program, st);
	if (admitted.count > 0)
		emit_canary(program, st, &canaries);
	emit_main(program, st, admitted.count > 0 ? &admitted : &canaries);
}
