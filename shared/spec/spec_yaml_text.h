/* spec_yaml_text: a YAML file as bytes: where does libyaml stumble. Inside
 * of spec_yaml only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

struct diagnostics;

struct spec_yaml_text {
	const char *text;
	size_t len;
	const char *file;
	struct diagnostics *diags;
};

/* Add a mistake at `mark`. Returns false. */
bool spec_yaml_text_complain(const struct spec_yaml_text *text, const yaml_mark_t *mark,
			     const char *message);

/* Add what the parser says about the syntax. Returns false. */
bool spec_yaml_text_syntax(const struct spec_yaml_text *text, const yaml_parser_t *parser);
