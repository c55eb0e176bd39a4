/* notify: tell systemd how we are: one datagram to $NOTIFY_SOCKET. Nothing happens where there is
 * none. Source: sd_notify(3), "Notes". */
#pragma once

void notify_send(const char *state); /* "READY=1" */
