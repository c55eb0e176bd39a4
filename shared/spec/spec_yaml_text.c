#include "shared/spec/spec_yaml_text.h"

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"

bool spec_yaml_text_complain(const struct spec_yaml_text *text, const yaml_mark_t *mark,
			     const char *message)
{
	diagnostics_add(text->diags, DIAGNOSTIC_ERROR, text->file, (int)mark->line + 1,
			(int)mark->column + 1, NULL, "%s", message);
	return false;
}

static void step_over(char c, yaml_mark_t *mark)
{
	mark->column++;
	if (c == '\n') {
		mark->line++;
		mark->column = 0;
	}
}

/* Is there a tab among the blanks that begin this line? */
static bool indented_by_tab(const struct spec_yaml_text *text, size_t line)
{
	const char *p = text->text, *end = text->text + text->len;

	for (; line && p; line--) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	while (p && p < end && *p == ' ')
		p++;
	return p && p < end && *p == '\t';
}

bool spec_yaml_text_syntax(const struct spec_yaml_text *text, const yaml_parser_t *parser)
{
	_cleanup_(str_done) struct str message = {};
	yaml_mark_t mark = parser->problem_mark;

	if (parser->error == YAML_READER_ERROR) { /* an offset, no mark */
		mark = (yaml_mark_t){};
		for (size_t i = 0; i < parser->problem_offset && i < text->len; i++)
			step_over(text->text[i], &mark);
	}
	str_append(&message, parser->problem ? parser->problem : "this is not YAML");
	if (parser->context)
		str_appendf(&message, " %s", parser->context);
	diagnostics_add(
		text->diags, DIAGNOSTIC_ERROR, text->file, (int)mark.line + 1, (int)mark.column + 1,
		indented_by_tab(text, mark.line) ? "tabs must not indent: use blanks" : NULL, "%s",
		str_cstr(&message));
	return false;
}
