/* spec_js: JavaScript and TypeScript into a tree of values, evaluated by the user's own node (found
 * in PATH) in a process of its own, with limits of time and size. What the file prints goes to
 * stderr. It knows no option.
 *
 * What is evaluated has no places (spec_js_place guesses them); mistakes of the evaluation have
 * (node's message, the first frame in the file). The limits of the result are those of YAML
 * (spec_yaml.h). */
#pragma once
#include <stddef.h>

struct diagnostics;
struct node;
struct pmc_error;

#define SPEC_JS_TIME_MAX_MS 10000
/* Of the result as JSON. */
#define SPEC_JS_ANSWER_MAX (4 << 20)

/* What the file exports: module.exports, the default export or else all exports; a function is
 * called, a promise waited for. `path` names it for the messages too. -EINVAL after the mistake was
 * added to `diags`. Blocks up to SPEC_JS_TIME_MAX_MS, twice for a node that must be told to read
 * TypeScript. */
int spec_js_load(const char *path, struct diagnostics *diags, struct node **ret_root);

/* The value of a text that is no strict JSON (`syntax` says why): PM2's JSON with comments, without
 * quotes, with single ones. Likewise. */
int spec_js_expression(const char *text, size_t len, const char *file,
		       const struct pmc_error *syntax, struct diagnostics *diags,
		       struct node **ret_root);
