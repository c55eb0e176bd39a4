/* spec_json: an app_spec as a JSON object and back: what travels to the daemon and lies in its
 * store. Only options that were given are written, so that what is read is the same. */
#pragma once
#include <jansson.h>

#include "shared/spec/app_spec.h"

struct diagnostics;

/* From a JSON object; unknown options are mistakes. -EINVAL after every mistake was added to
 * `diags` (places are not known; `file` may be NULL). `ret_spec` is set only on success. */
int spec_json_read(json_t *json, struct app_spec *ret_spec, struct diagnostics *diags,
		   const char *file);

/* The options that were given, env_NAME profiles too; new reference. */
json_t *spec_json_write(const struct app_spec *spec);

/* Set the options of the JSON object over those of `spec`; null, or the text "null", puts one back
 * to its default. All or nothing: -EINVAL after every mistake was added, and nothing changed. */
int spec_json_merge(struct app_spec *spec, json_t *options, struct diagnostics *diags);
