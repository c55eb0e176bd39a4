/* socket_watch: notices when the control socket's name is taken away, by inotify, so nobody has to
 * look.
 *
 * It only says that something happened in the folder; whether the name is gone is its owner's to
 * look. */
#pragma once

struct handles;
struct socket_watch;

/* Watch `dir`; `on_change` is called on the loop when a name was removed from it or it went itself.
 * NULL (and a debug line) when this machine has no watch to give. */
struct socket_watch *socket_watch_create(struct handles *handles, const char *dir,
					 void (*on_change)(void *owner), void *owner);
void socket_watch_destroy(struct socket_watch *watch); /* accepts NULL */
