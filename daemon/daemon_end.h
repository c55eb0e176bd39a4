/* daemon_end: the orderly end: apps first, then the rooms, then the keeper is told. */
#pragma once
#include <stdbool.h>

/* For struct api_daemon: stop all apps (`forget`: delete them too), then end. `done` (may be NULL)
 * is called when they are gone, just before the end. `owner` is the struct daemon. A second call
 * joins the first. */
void daemon_end(void *owner, bool forget, void (*done)(void *arg), void *arg);
