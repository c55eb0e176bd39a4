#include "shared/option/option_type.h"

#include <stdarg.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/utf8.h"

#define SHOWN_COLUMNS 48

bool option_type_complain(const struct option_reader *reader, const struct node *node,
			  const char *hint, const char *fmt, ...)
{
	_cleanup_(str_done) struct str text = {};
	va_list args;

	va_start(args, fmt);
	str_appendv(&text, fmt, args);
	va_end(args);
	diagnostics_add(reader->diags, DIAGNOSTIC_ERROR, reader->file, node->line, node->column,
			hint, "%s: %s", reader->key, str_cstr(&text));
	return false;
}

const char *option_type_show(const struct node *node, struct str *scratch)
{
	str_clear(scratch);
	switch (node->kind) {
	case NODE_LIST:
		return "a list";
	case NODE_MAP:
		return "a map";
	case NODE_NULL:
		return "nothing";
	case NODE_BOOL:
	case NODE_NUMBER:
	case NODE_STRING:
		break;
	}
	str_append_char(scratch, '\'');
	utf8_fit(scratch, node->text, SHOWN_COLUMNS);
	str_append_char(scratch, '\'');
	return str_cstr(scratch);
}

bool option_type_scalar(const struct option_reader *reader, const struct node *node,
			const char *what)
{
	_cleanup_(str_done) struct str shown = {};

	if (node->kind == NODE_BOOL || node->kind == NODE_NUMBER || node->kind == NODE_STRING)
		return utf8_valid(node->text, strlen(node->text)) ||
		       option_type_complain(reader, node, NULL, "the text is not valid UTF-8");
	return option_type_complain(reader, node, NULL, "expected %s, found %s", what,
				    option_type_show(node, &shown));
}

json_t *option_type_schema(const char *type)
{
	return json_pack("{ss}", "type", type);
}
