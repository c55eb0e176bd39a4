/* What reaches pmc.sock: bytes into lines, lines into messages, requests against the list of
 * methods. The first byte says in which pieces the rest arrives. What is accepted must survive
 * being written and read again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/ipc/frame.h"
#include "shared/ipc/message.h"
#include "tests/fuzz/fuzz.h"

#define LINE_MAX_BYTES 4096

static char *write_again(const struct message *msg, size_t *ret_len)
{
	switch (msg->kind) {
	case MESSAGE_REQUEST:
		return message_request(msg->id, msg->method, msg->body, ret_len);
	case MESSAGE_PROGRESS:
		return message_progress(msg->id, msg->body, ret_len);
	case MESSAGE_RESULT:
		return message_result(msg->id, msg->body, ret_len);
	case MESSAGE_EVENT:
		return message_event(msg->body, ret_len);
	case MESSAGE_HELLO:
	case MESSAGE_ERROR:
	case MESSAGE_DROPPED:
		return NULL; /* made of less than was read */
	}
	unreachable();
}

static void check_round_trip(const struct message *msg)
{
	struct message again;
	size_t len;
	char *line = write_again(msg, &len);

	if (!line)
		return;
	assert(len == strlen(line) && line[len - 1] == '\n');
	assert(message_parse(line, len - 1, &again, NULL) == 0);
	assert(again.kind == msg->kind && again.id == msg->id);
	message_done(&again);
	free(line);
}

static void take_line(const char *line, size_t len)
{
	struct pmc_error err = {};
	struct message msg;

	assert(strlen(line) == len && !memchr(line, '\n', len));
	if (message_parse(line, len, &msg, &err) < 0) {
		assert(err.code < 0 && err.message[0]);
		return;
	}
	if (msg.kind == MESSAGE_REQUEST && message_check(msg.method, msg.body, &err) < 0)
		assert(err.message[0]);
	check_round_trip(&msg);
	message_done(&msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? data[0] + 1u : 1;
	struct frame frame;

	frame_init(&frame, LINE_MAX_BYTES);
	for (size_t at = 1; at < size; at += piece) {
		size_t part = size - at < piece ? size - at : piece, len;
		const char *line;

		if (frame_feed(&frame, (const char *)data + at, part) < 0)
			break;
		while ((line = frame_next(&frame, &len)))
			take_line(line, len);
	}
	frame_done(&frame);
	return 0;
}
