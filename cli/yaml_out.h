/* yaml_out: texts and trees of values as YAML that reads back the same. For what pmc writes for
 * people: init, convert. Pure. libyaml's emitter has no comments, so it is not used for this. */
#pragma once
#include <stdbool.h>

struct node;
struct str;

#define YAML_OUT_STEP 2 /* columns of one level */

/* A text as one scalar: plain where that is safe, else in double quotes. */
void yaml_out_text(const char *text, struct str *out);

/* What stands behind a key or a dash at column `indent`, from the blank before it to the newline: a
 * scalar in the same line, a list or a map below. `comment` (NULL: none) ends the first line. */
void yaml_out_value(const struct node *node, int indent, const char *comment, struct str *out);
