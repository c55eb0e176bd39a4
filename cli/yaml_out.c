#include "cli/yaml_out.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/option/node.h"

#define LINE_MAX_COLUMNS 80

/* Older readers of YAML take these for true and false. */
static bool is_old_bool(const char *text)
{
	static const char *const words[] = {"y", "n", "yes", "no", "on", "off"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return true;
	}
	return false;
}

/* Only letters that mean nothing to YAML, wherever they stand. */
static bool is_plain(const char *text)
{
	if (!isalnum((unsigned char)*text) && !strchr("_/.", *text))
		return false;
	for (const char *p = text; *p; p++) {
		bool last = !p[1];

		if (isalnum((unsigned char)*p) || strchr("_/.@%+=-~", *p))
			continue;
		if (*p == ' ' && !last && p[1] != ' ')
			continue;
		if (*p == ':' && !last && p[1] != ' ')
			continue;
		return false;
	}
	return *text && node_plain_kind(text) == NODE_STRING && !is_old_bool(text) &&
	       strncmp(text, "...", 3) != 0;
}

/* What a YAML reader would not take as it is, or a person not see as it is. */
static bool is_hidden(uint32_t code)
{
	return code == '\t' || utf8_harmful(code) || code == 0xfeff || code == 0xfffe ||
	       code == 0xffff;
}

static void append_escaped(struct str *out, uint32_t code)
{
	if (code == '\n')
		str_append(out, "\\n");
	else if (code == '\t')
		str_append(out, "\\t");
	else if (code < 0x100)
		str_appendf(out, "\\x%02X", (unsigned)code);
	else
		str_appendf(out, "\\u%04X", (unsigned)code);
}

static void append_quoted(const char *text, struct str *out)
{
	size_t len = strlen(text), step;

	str_append_char(out, '"');
	for (size_t i = 0; i < len; i += step) {
		uint32_t code = (unsigned char)text[i];

		step = utf8_decode(text + i, len - i, &code);
		step = step ? step : 1; /* what is read is UTF-8 */
		if (is_hidden(code)) {
			append_escaped(out, code);
			continue;
		}
		if (code == '"' || code == '\\')
			str_append_char(out, '\\');
		str_append_bytes(out, text + i, step);
	}
	str_append_char(out, '"');
}

void yaml_out_text(const char *text, struct str *out)
{
	if (is_plain(text))
		str_append(out, text);
	else
		append_quoted(text, out);
}

static void append_scalar(const struct node *node, struct str *out)
{
	if (node->kind != NODE_STRING && node_plain_kind(node->text) == node->kind && *node->text)
		str_append(out, node->text);
	else if (node->kind == NODE_NULL)
		str_append(out, "null");
	else
		yaml_out_text(node->text, out);
}

/* [a, b] where that is short, {} and [] always. False: it needs lines of its own. */
static bool append_inline(const struct node *node, struct str *out)
{
	size_t before = out->len;

	if (node->text) {
		append_scalar(node, out);
		return true;
	}
	if (node->kind == NODE_MAP && node->count > 0)
		return false;
	str_append_char(out, node->kind == NODE_MAP ? '{' : '[');
	for (size_t i = 0; i < node->count; i++) {
		if (!node->items[i]->text || out->len - before > LINE_MAX_COLUMNS) {
			out->len = before;
			out->data[before] = '\0';
			return false;
		}
		str_append(out, i ? ", " : "");
		append_scalar(node->items[i], out);
	}
	str_append_char(out, node->kind == NODE_MAP ? '}' : ']');
	return true;
}

static void append_comment(const char *comment, struct str *out)
{
	if (comment) {
		str_append(out, "  # ");
		utf8_escape(out, comment, strlen(comment), false);
	}
	str_append_char(out, '\n');
}

void yaml_out_value(const struct node *node, int indent, const char *comment, struct str *out)
{
	struct str line = {};

	if (append_inline(node, &line)) {
		str_appendf(out, " %s", str_cstr(&line));
		append_comment(comment, out);
		str_done(&line);
		return;
	}
	append_comment(comment, out);
	for (size_t i = 0; i < node->count; i++) {
		str_append_repeat(out, ' ', (size_t)(indent + YAML_OUT_STEP));
		if (node->kind == NODE_MAP) {
			yaml_out_text(node->items[i]->key, out);
			str_append_char(out, ':');
		} else {
			str_append_char(out, '-');
		}
		yaml_out_value(node->items[i], indent + YAML_OUT_STEP, NULL, out);
	}
	str_done(&line);
}
