/* ecosystem_env: the variables of an app of a file, put together from their layers: those of the
 * file's defaults, then env files, then `env`, then `env_NAME` of the profile that was chosen. The
 * variables of the caller come under all of them; the engine puts them there at each start. Inside
 * of ecosystem only. */
#pragma once
#include "shared/spec/app_spec.h"

struct ecosystem_apps;
struct ecosystem_apps_file;
struct node;

/* Env files of one app. */
#define ECOSYSTEM_ENV_FILES_MAX 32

/* Make spec->env, the app's own until now, that of all layers, and put the profiles of the defaults
 * under its own. env_file is absolute; `app` is its node, for the messages. */
void ecosystem_env_apply(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			 const struct node *app, struct app_spec *spec);

/* Move env and profiles from one to another, which has none. */
void ecosystem_env_take(struct app_spec *to, struct app_spec *from);

/* Add the env and the profiles of `lower` to `spec`, whose own values win. */
void ecosystem_env_put_under(struct app_spec *spec, const struct app_spec *lower);
