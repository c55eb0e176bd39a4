#include "daemon/control/peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/error.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/ipc/message.h"

#define LOG_EVERY_MS 60000

bool peer_is_friend(struct peer_gate *gate, int fd)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t len = sizeof(peer);
	int64_t now_ms = clock_now_ms();

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    (peer.uid == geteuid() || peer.uid == 0))
		return true;
	gate->refused++;
	if (gate->logged_ms == 0 || now_ms - gate->logged_ms >= LOG_EVERY_MS) {
		log_warning(
			"refused a connection of uid %u (pid %d), %u since the last such message",
			peer.uid, (int)peer.pid, gate->refused);
		gate->logged_ms = now_ms;
		gate->refused = 0;
	}
	return false;
}

/* What the client sent is read before the socket is closed: with unread bytes in it the kernel
 * would call that a reset. */
void peer_turn_away(int fd, const char *code, const char *message)
{
	_cleanup_(mem_freep) char *line = NULL;
	struct pmc_error err = {};
	char unread[4096];
	size_t len;

	pmc_error_set(&err, -EACCES, "%s", message);
	line = message_error(0, code, &err, &len);
	if (send(fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		shutdown(fd, SHUT_WR);
	while (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) == sizeof(unread))
		;
	close(fd);
}
