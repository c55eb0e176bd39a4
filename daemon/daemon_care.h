/* daemon_care: what the engine does for itself while it lives: settings, signals, its heartbeat, a
 * keeper that died. */
#pragma once
#include "shared/base/error.h"

struct daemon;

/* Read pmcd.ini. -EINVAL: mistakes (logged, and in `err`); then nothing changed. */
int daemon_care_read_settings(struct daemon *d, struct pmc_error *err);

/* Timers and signals; before anything else is built. SIGTERM and SIGINT end the daemon, SIGHUP
 * reads settings and reopens logs, SIGUSR2 reopens logs. */
void daemon_care_begin(struct daemon *d);

/* Beat from now on, as often as the settings say. */
void daemon_care_start_watchdog(struct daemon *d);

/* For struct keeper_link_callbacks; `owner` is the struct daemon. */
void daemon_care_on_keeper_event(void *owner);
void daemon_care_on_keeper_death(void *owner);

/* For struct api_daemon: SIGHUP by request, and the way out of safe mode. */
int daemon_care_reload(void *owner, struct pmc_error *err);
int daemon_care_resume(void *owner, struct pmc_error *err);
