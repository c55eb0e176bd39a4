#include "tests/unit/daemon/core/cbpf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define TRANSPORT_BYTES 20 /* a TCP header; nothing reads behind its ports */

static void put_port(struct cbpf_packet *packet, size_t at, uint16_t port)
{
	packet->net[at] = (uint8_t)(port >> 8);
	packet->net[at + 1] = (uint8_t)port;
	packet->data_at = at + TRANSPORT_BYTES;
	packet->net_bytes = packet->data_at + 4;
}

void cbpf_packet_v4(struct cbpf_packet *packet, uint32_t source, uint16_t port, unsigned options)
{
	*packet = (struct cbpf_packet){0};
	assert_true(options % 4 == 0 && options <= 40);
	packet->net[0] = (uint8_t)(0x40 | (5 + options / 4));
	for (unsigned i = 0; i < 4; i++)
		packet->net[12 + i] = (uint8_t)(source >> (24 - 8 * i));
	put_port(packet, 20 + options, port);
}

void cbpf_packet_v6(struct cbpf_packet *packet, const uint8_t source[16], uint16_t port)
{
	*packet = (struct cbpf_packet){0};
	packet->net[0] = 0x60;
	memcpy(packet->net + 8, source, 16);
	put_port(packet, 40, port);
}

struct machine {
	const struct cbpf_packet *packet;
	uint32_t a, x, mem[BPF_MEMWORDS];
	bool written[BPF_MEMWORDS];
};

static bool load(const struct machine *m, uint32_t at, unsigned bytes, uint32_t *ret)
{
	const struct cbpf_packet *packet = m->packet;
	uint64_t from = (uint64_t)packet->data_at + at;

	if (at == (uint32_t)SKF_AD_OFF + SKF_AD_RANDOM) {
		*ret = packet->dice;
		return true;
	}
	if (at >= (uint32_t)SKF_NET_OFF)
		from = at - (uint32_t)SKF_NET_OFF;
	if (from + bytes > packet->net_bytes)
		return false;
	for (*ret = 0; bytes > 0; bytes--)
		*ret = *ret << 8 | packet->net[from++];
	return true;
}

static unsigned bytes_of(uint16_t code)
{
	return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

static uint32_t scratch(const struct machine *m, uint32_t k)
{
	assert_true(k < BPF_MEMWORDS && m->written[k]); /* the kernel refuses what reads before */
	return m->mem[k];
}

/* BPF_LD, BPF_LDX; false: beyond the packet. */
static bool run_load(struct machine *m, const struct sock_filter *op)
{
	uint32_t *to = BPF_CLASS(op->code) == BPF_LD ? &m->a : &m->x;
	uint32_t octet;

	switch (BPF_MODE(op->code)) {
	case BPF_IMM:
		*to = op->k;
		return true;
	case BPF_MEM:
		*to = scratch(m, op->k);
		return true;
	case BPF_ABS:
		return load(m, op->k, bytes_of(op->code), to);
	case BPF_IND:
		return load(m, op->k + m->x, bytes_of(op->code), to);
	case BPF_MSH:
		assert_int_equal(op->code, BPF_LDX | BPF_B | BPF_MSH);
		if (!load(m, op->k, 1, &octet))
			return false;
		*to = 4 * (octet & 0xf);
		return true;
	default:
		fail_msg("unknown load 0x%x", op->code);
		return false;
	}
}

static void run_alu(struct machine *m, const struct sock_filter *op)
{
	uint32_t by = BPF_SRC(op->code) == BPF_X ? m->x : op->k;

	switch (BPF_OP(op->code)) {
	case BPF_ADD:
		m->a += by;
		break;
	case BPF_MUL:
		m->a *= by;
		break;
	case BPF_AND:
		m->a &= by;
		break;
	case BPF_XOR:
		m->a ^= by;
		break;
	case BPF_RSH:
		assert_true(by < 32);
		m->a >>= by;
		break;
	case BPF_MOD:
		assert_int_not_equal(by, 0);
		m->a %= by;
		break;
	default:
		fail_msg("unknown arithmetic 0x%x", op->code);
	}
}

/* How far to jump. */
static uint32_t run_jump(const struct machine *m, const struct sock_filter *op)
{
	uint32_t by = BPF_SRC(op->code) == BPF_X ? m->x : op->k;

	switch (BPF_OP(op->code)) {
	case BPF_JA:
		return op->k;
	case BPF_JEQ:
		return m->a == by ? op->jt : op->jf;
	case BPF_JGE:
		return m->a >= by ? op->jt : op->jf;
	default:
		fail_msg("unknown jump 0x%x", op->code);
		return 0;
	}
}

static void run_store(struct machine *m, const struct sock_filter *op)
{
	assert_true(op->k < BPF_MEMWORDS);
	m->mem[op->k] = BPF_CLASS(op->code) == BPF_ST ? m->a : m->x;
	m->written[op->k] = true;
}

static void run_misc(struct machine *m, const struct sock_filter *op)
{
	if (BPF_MISCOP(op->code) == BPF_TAX)
		m->x = m->a;
	else
		m->a = m->x;
}

uint32_t cbpf_run(const struct sock_filter *code, unsigned length, const struct cbpf_packet *packet)
{
	struct machine m = {.packet = packet};

	assert_true(length > 0 && length <= BPF_MAXINSNS);
	assert_int_equal(BPF_CLASS(code[length - 1].code), BPF_RET);
	for (unsigned at = 0;; at++) {
		const struct sock_filter *op = &code[at];

		assert_true(at < length);
		switch (BPF_CLASS(op->code)) {
		case BPF_LD:
		case BPF_LDX:
			if (!run_load(&m, op))
				return 0;
			break;
		case BPF_ST:
		case BPF_STX:
			run_store(&m, op);
			break;
		case BPF_ALU:
			run_alu(&m, op);
			break;
		case BPF_JMP:
			at += run_jump(&m, op);
			break;
		case BPF_RET:
			return BPF_RVAL(op->code) == BPF_A ? m.a : op->k;
		default:
			run_misc(&m, op);
		}
	}
}
