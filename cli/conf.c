#include "cli/conf.h"

#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/conf_store.h"
#include "cli/connect.h"
#include "cli/listing.h"
#include "cli/out/json.h"
#include "cli/request.h"
#include "shared/base/diagnostics.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/config/settings.h"
#include "shared/option/option.h"

#define MASK "••••"
#define LOGROTATE "pm2-logrotate"

static int find_home(struct command_context *ctx)
{
	struct pmc_error err = {};

	if (!ctx->connect->home.path && home_find(&ctx->connect->home, &err) < 0)
		return say_error(&ctx->say, &err);
	return 0;
}

static void add_pairs(const struct conf_store *store, const char *name, json_t *env)
{
	json_t *pairs = json_object_get(store->values, name), *value;
	const char *key;

	if (!json_is_object(pairs) || strchr(name, '='))
		return;
	json_object_foreach(pairs, key, value)
	{
		_cleanup_(mem_freep) char *text = conf_store_text(value);

		if (!strchr(key, '='))
			json_object_set_new(env, key, json_string(text));
	}
	_cleanup_(mem_freep) char *all = json_dumps(pairs, JSON_COMPACT);

	json_object_set_new(env, name, json_string(all));
}

json_t *conf_variables(struct command_context *ctx)
{
	struct conf_store store = CONF_STORE_NONE;
	json_t *apps = json_object(), *value;
	struct pmc_error err = {};
	const char *name;

	if (find_home(ctx) != 0)
		return apps;
	if (conf_store_read(&ctx->connect->home, &store, &err) < 0)
		say_warn(&ctx->say, "%s: %s", err.file, err.message);
	json_object_foreach(store.values, name, value)
	{
		json_t *env = json_object();

		add_pairs(&store, name, env);
		if (json_object_size(env) > 0)
			json_object_set(apps, name, env);
		json_decref(env);
	}
	conf_store_done(&store);
	return apps;
}

void conf_add_variables(struct command_context *ctx, const char *name, json_t *env)
{
	struct conf_store store = CONF_STORE_NONE;
	struct pmc_error err = {};

	if (!name || find_home(ctx) != 0)
		return;
	if (conf_store_read(&ctx->connect->home, &store, &err) < 0)
		say_warn(&ctx->say, "%s: %s", err.file, err.message);
	else
		add_pairs(&store, name, env);
	conf_store_done(&store);
}

/* Is there an app of this very name in the list of the daemon that runs? */
static bool is_app(struct command_context *ctx, const char *name)
{
	json_t *reply = NULL, *instance;
	struct pmc_error err = {};
	bool found = false;
	size_t i;

	if (connect_existing(ctx->connect, &err) < 0 ||
	    request_call(ctx->connect, "app.list", json_pack("{s:[s]}", "targets", name), NULL,
			 NULL, &reply, &err) < 0)
		return false;
	json_array_foreach(json_object_get(reply, "instances"), i, instance) found =
		found || strcmp(json_get_text(instance, "name", ""), name) == 0;
	json_decref(reply);
	return found;
}

static int restart_app(struct command_context *ctx, const struct conf_store *store,
		       const char *name)
{
	json_t *env = act_environment(ctx);

	add_pairs(store, name, env);
	say_info(&ctx->say, "restarting %s with its new values", name);
	return act_call(ctx, "app.restart", json_pack("{s:[s], s:o}", "targets", name, "env", env),
			NULL, NULL);
}

/* The apps whose keys were set, each once. */
static int tell_apps(struct command_context *ctx, const struct conf_store *store,
		     const struct strlist *words)
{
	_cleanup_(strlist_done) struct strlist told = {};
	bool acted = false;
	int r = 0;

	for (size_t i = 0; i < words->count; i += 2) {
		_cleanup_(strlist_done) struct strlist parts = {};
		int one;

		if (conf_store_split(words->items[i], &parts, NULL) < 0 || parts.count < 2 ||
		    strlist_has(&told, parts.items[0]))
			continue;
		strlist_add(&told, parts.items[0]);
		if (strcmp(parts.items[0], LOGROTATE) == 0)
			say_warn(&ctx->say,
				 "%s: kept, not yet obeyed: this version does not rotate logs",
				 LOGROTATE);
		if (!is_app(ctx, parts.items[0]))
			continue;
		acted = true;
		one = restart_app(ctx, store, parts.items[0]);
		r = one > r ? one : r;
		if (r == COMMAND_INTERRUPTED)
			return r;
	}
	return acted ? listing_news(ctx, r) : r;
}

static int change(struct conf_store *store, const struct strlist *words, struct pmc_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < words->count; i += 2)
		r = conf_store_set(store, words->items[i], words->items[i + 1], err);
	return r < 0 ? r : conf_store_write(store, err);
}

int conf_set(struct command_context *ctx, const struct strlist *words)
{
	struct conf_store store = CONF_STORE_NONE;
	struct pmc_error err = {};
	int r;

	if (words->count % 2) {
		say_fail(&ctx->say, "'%s' has no value: keys and values come in pairs",
			 words->items[words->count - 1]);
		return 1;
	}
	if (find_home(ctx) != 0)
		return 1;
	r = conf_store_open(&ctx->connect->home, &store, &err);
	if (r == 0)
		r = change(&store, words, &err);
	fdio_closep(&store.lock_fd);
	if (r < 0)
		r = say_error(&ctx->say, &err);
	for (size_t i = 0; r == 0 && i < words->count; i += 2)
		say_info(&ctx->say, "%s is set", words->items[i]);
	if (r == 0)
		r = tell_apps(ctx, &store, words);
	conf_store_done(&store);
	return r;
}

/* What was not asked for by its name. */
static void mask(json_t *values, const struct settings *settings)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(values, next, name, value)
	{
		mask(value, settings);
		if (!json_is_object(value) && settings_is_secret(settings, name))
			json_object_set_new(values, name, json_string(MASK));
	}
}

static void mask_secrets(struct command_context *ctx, json_t *values)
{
	_cleanup_(mem_freep) char *path = home_file(&ctx->connect->home, "pmcd.ini");
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(settings_done) struct settings settings;

	settings_init(&settings);
	settings_read(&settings, path, &diags, NULL);
	if (!ctx->flags->show_secrets)
		mask(values, &settings);
}

/* Lines that can be typed again: $ pmc set a:b value. */
static void append_values(struct str *out, const char *prefix, json_t *values)
{
	const char *name;
	json_t *value;

	json_object_foreach(values, name, value)
	{
		_cleanup_(mem_freep) char *text = conf_store_text(value);
		_cleanup_(str_done) struct str line = {};
		_cleanup_(mem_freep) char *key =
			prefix ? mem_printf("%s:%s", prefix, name) : mem_strdup(name);

		if (json_is_object(value)) {
			append_values(out, key, value);
			continue;
		}
		str_append(&line, "$ pmc set ");
		option_quote(key, &line);
		str_append_char(&line, ' ');
		option_quote(text, &line);
		utf8_escape(out, line.data, line.len, false);
		str_append_char(out, '\n');
	}
}

static int print_values(struct command_context *ctx, const char *key, json_t *values)
{
	_cleanup_(str_done) struct str text = {};

	append_values(&text, key, values);
	return say_text(&ctx->say, str_cstr(&text), text.len);
}

static int print_value(struct command_context *ctx, const json_t *value)
{
	_cleanup_(mem_freep) char *text = conf_store_text(value);
	_cleanup_(str_done) struct str line = {};

	if (isatty(STDOUT_FILENO))
		utf8_escape(&line, text, strlen(text), true);
	else
		str_append(&line, text);
	str_append_char(&line, '\n');
	return say_text(&ctx->say, line.data, line.len);
}

int conf_print(struct command_context *ctx, const char *key)
{
	struct conf_store store = CONF_STORE_NONE;
	struct pmc_error err = {};
	json_t *value;
	int r = find_home(ctx);

	if (r != 0)
		return r;
	if (conf_store_read(&ctx->connect->home, &store, &err) < 0)
		return say_error(&ctx->say, &err);
	value = key ? conf_store_get(&store, key) : store.values;
	if (!value) {
		say_fail(&ctx->say, "there is no key '%s'", key);
		say_hint(&ctx->say, "`pmc get` lists all");
		r = 1;
	} else {
		mask_secrets(ctx, value);
		if (ctx->flags->json)
			json_print(STDOUT_FILENO, value, true, true);
		else if (json_is_object(value))
			r = print_values(ctx, key, value);
		else
			r = print_value(ctx, value);
	}
	conf_store_done(&store);
	return r;
}
