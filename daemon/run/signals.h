/* signals: to a process, never to a number. A member found by its pid is opened as a pidfd and its
 * start time compared before anything is sent; kill() is not used. */
#pragma once
#include <stdint.h>

/* Send through an open pidfd. 0 or negative errno. */
int signals_send(int pidfd, int signal);

/* Open `pid`, make sure that it is still the process that began at `start_ticks` (0: whatever it is
 * now), send. -ESRCH: it is another one by now, or gone. -EPERM: not ours to signal. */
int signals_send_pid(int pid, uint64_t start_ticks, int signal);

int signals_open_pid(int pid); /* pidfd_open(): close-on-exec; negative errno */
