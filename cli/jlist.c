#include "cli/jlist.h"

#include <stdlib.h>
#include <string.h>

#include "cli/jlist_join.h"
#include "cli/jlist_members.h"
#include "cli/node_version.h"
#include "shared/base/diagnostics.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/model/app_view.h"
#include "shared/spec/app_spec.h"
#include "shared/spec/spec_json.h"

/* What all instances of an app have alike: made once for those that follow each other. */
struct app_part {
	json_t *json; /* the spec it was made of */
	struct app_spec spec;
	json_t *members, *ours;
	char *text;
	struct node_version node;
};

static void app_part_done(struct app_part *app)
{
	json_decref(app->json);
	json_decref(app->members);
	json_decref(app->ours);
	app_spec_done(&app->spec);
	free(app->text);
}

static void app_part_make(struct app_part *app, const struct app_view *view)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};

	if (app->members && json_equal(app->json, view->spec))
		return;
	app_part_done(app);
	*app = (struct app_part){.json = json_incref(view->spec), .node = app->node};
	if (spec_json_read(view->spec, &app->spec, &diags, NULL) < 0)
		app_spec_init(&app->spec);
	app->ours = jlist_members_ours(&app->spec);
	app->members = jlist_members_of_app(view, &app->spec);
	app->text = jlist_join_text(app->members);
}

/* The common environment, in two parts: names in capitals hardly ever collide with a member, so
 * their text is made once. Which part a name is in changes nothing but the time it takes. */
struct env_part {
	json_t *plain, *odd;
	char *text;
};

static bool is_plain(const char *name)
{
	return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0' &&
	       strcmp(name, "PMC_INSTANCE") != 0 && strcmp(name, "NODE_APP_INSTANCE") != 0;
}

static void env_part_make(struct env_part *common, json_t *env)
{
	const char *name;
	json_t *value;

	*common = (struct env_part){.plain = json_object(), .odd = json_object()};
	json_object_foreach(env, name, value)
		json_object_set(is_plain(name) ? common->plain : common->odd, name, value);
	common->text = jlist_join_text(common->plain);
}

static void env_part_done(struct env_part *common)
{
	json_decref(common->plain);
	json_decref(common->odd);
	free(common->text);
}

/* The user's variables twice, as in PM2: in `env` and flattened. Ours win where names collide, so
 * that a variable called `status` does not make scripts believe in another state. */
static void append_env(struct str *out, const struct app_view *view, struct app_part *app,
		       const struct env_part *common)
{
	json_t *own = jlist_members_of_instance(view, &app->spec), *named = json_object();
	json_t *unique = json_object(), *inner = json_pack("{s:n}", "env");
	const struct jlist_part variables[] = {
		{.members = unique},
		{.members = app->ours, .hides = true},
		{.members = view->env, .patch = true},
		{.members = common->odd},
		{.members = common->plain, .text = common->text},
		{.members = named},
	};
	const char *node = node_version_of(&app->node, view);
	struct jlist_part parts[3 + ARRAY_SIZE(variables)] = {
		{.members = inner, .hides = true},
		{.members = own},
		{.members = app->members, .text = app->text},
	};

	if (node)
		json_object_set_new(own, "node_version", json_string(node));
	if (view->unique_id)
		json_object_set_new(unique, "unique_id", json_string(view->unique_id));
	if (view->name)
		json_object_set_new(named, view->name, json_string("{}"));
	memcpy(parts + 3, variables, sizeof(variables));
	jlist_join(out, parts, ARRAY_SIZE(parts));
	out->data[--out->len] = '\0'; /* one member more: the brace comes behind it */
	str_append(out, ",\"env\":");
	jlist_join(out, variables, ARRAY_SIZE(variables));
	str_append_char(out, '}');
	json_decref(own);
	json_decref(unique);
	json_decref(named);
	json_decref(inner);
}

static void append_embedded(struct str *out, json_t *members)
{
	_cleanup_(mem_freep) char *text = jlist_join_text(members);

	str_append(out, text);
	json_decref(members);
}

static void append_record(struct str *out, const struct app_view *view, struct app_part *app,
			  const struct env_part *common)
{
	json_int_t tenths = view->cpu_percent > 0 ? (json_int_t)(view->cpu_percent * 10 + 0.5) : 0;
	json_int_t memory = view->memory_bytes > 0 ? view->memory_bytes : 0;
	json_t *cpu = tenths % 10 == 0 ? json_integer(tenths / 10) : json_real((double)tenths / 10);

	str_append_char(out, '{');
	append_embedded(out, json_pack("{s:i, s:s}", "pid", view->pid, "name",
				       view->name ? view->name : ""));
	str_append(out, ",\"pm2_env\":");
	append_env(out, view, app, common);
	str_append_char(out, ',');
	append_embedded(out, json_pack("{s:i, s:{s:I, s:o}}", "pm_id", view->pm_id, "monit",
				       "memory", memory, "cpu", cpu));
	str_append_char(out, '}');
}

void jlist_append(struct str *out, const struct app_view *views, size_t count, json_t *env)
{
	struct app_part app = {};
	struct env_part common;

	env_part_make(&common, env);
	str_append_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		app_part_make(&app, &views[i]);
		if (i > 0)
			str_append_char(out, ',');
		append_record(out, &views[i], &app, &common);
	}
	str_append_char(out, ']');
	app_part_done(&app);
	node_version_done(&app.node);
	env_part_done(&common);
}
