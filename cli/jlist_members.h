/* jlist_members: what a record of `jlist` says beside the user's variables. Pure: from a view and
 * its spec. New references. */
#pragma once
#include <jansson.h>

struct app_spec;
struct app_view;

/* What all instances of the app have alike. */
json_t *jlist_members_of_app(const struct app_view *view, const struct app_spec *spec);

/* The rest; where both have a name, this one is right. */
json_t *jlist_members_of_instance(const struct app_view *view, const struct app_spec *spec);

/* Names of variables that the daemon adds to an environment: they are members of the record
 * already, or nobody's business. The values say nothing. */
json_t *jlist_members_ours(const struct app_spec *spec);
