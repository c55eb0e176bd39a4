/* cbpf: an interpreter of the kernel's classic BPF, as it runs on a socket of a reuseport group.
 *
 * Knows the instructions of linux/filter.h and refuses to be polite: an instruction the kernel
 * would not attach is a failed assertion. A load beyond the packet ends the program with 0, as
 * there. */
#pragma once
#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

struct cbpf_packet {
	uint8_t net[128]; /* from the IP header on */
	size_t net_bytes;
	size_t data_at; /* where the payload begins: loads without SKF_NET_OFF count from here */
	uint32_t dice;	/* what the kernel's random number will be */
};

/* A packet from an IPv4 address (host order) with `options` bytes (0…40, of 4) in its IP header. */
void cbpf_packet_v4(struct cbpf_packet *packet, uint32_t source, uint16_t port, unsigned options);

/* A packet from an IPv6 address. */
void cbpf_packet_v6(struct cbpf_packet *packet, const uint8_t source[16], uint16_t port);

/* What the program returns for the packet. */
uint32_t cbpf_run(const struct sock_filter *code, unsigned length,
		  const struct cbpf_packet *packet);
