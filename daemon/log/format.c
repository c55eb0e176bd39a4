#include "daemon/log/format.h"

#include <string.h>

#include "daemon/log/log.h"
#include "shared/base/clock.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

bool format_is_plain(const struct log_config *config)
{
	return !config->json && !config->date_format;
}

/* Behind the FORMAT_LINES-th newline, or `len`. */
static size_t bound_lines(const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len;

	for (int lines = 0; lines < FORMAT_LINES && at < end; lines++) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return len;
		at++;
	}
	return (size_t)(at - bytes);
}

size_t format_choose(const struct log_config *config, const char *bytes, size_t len, bool in_line,
		     bool whole_lines)
{
	const char *last;

	if (!format_is_plain(config))
		len = bound_lines(bytes, len);
	if (len == 0 || (!whole_lines && !config->json))
		return len;
	last = memrchr(bytes, '\n', len);
	if (last)
		return (size_t)(last + 1 - bytes);
	if (len >= FORMAT_WINDOW || (config->json && in_line))
		return len;
	return 0;
}

static void append_escaped(struct str *out, unsigned char c)
{
	switch (c) {
	case '"':
		str_append(out, "\\\"");
		break;
	case '\\':
		str_append(out, "\\\\");
		break;
	case '\t':
		str_append(out, "\\t");
		break;
	case '\r':
		str_append(out, "\\r");
		break;
	case '\n':
		str_append(out, "\\n");
		break;
	default:
		str_appendf(out, "\\u%04x", c);
	}
}

static bool is_safe(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void append_json_string(struct str *out, const char *text, size_t len)
{
	size_t at = 0;

	str_append_char(out, '"');
	while (at < len) {
		size_t safe = at;
		uint32_t code;

		while (safe < len && is_safe((unsigned char)text[safe]))
			safe++;
		str_append_bytes(out, text + at, safe - at);
		at = safe;
		if (at == len)
			break;
		if ((unsigned char)text[at] < 0x80) {
			append_escaped(out, (unsigned char)text[at++]);
			continue;
		}
		size_t n = utf8_decode(text + at, len - at, &code);

		if (n)
			str_append_bytes(out, text + at, n);
		else
			str_append(out, "\xef\xbf\xbd");
		at += n ? n : 1;
	}
	str_append_char(out, '"');
}

/* `len` without a last character whose end was cut off. */
static size_t without_cut_character(const char *text, size_t len)
{
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)text[len - back];
		size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

		if (c < 0x80 || need > back)
			return c < 0x80 ? len : len - back;
		if (c >= 0xc0)
			return len;
	}
	return len;
}

static bool json_text(const struct log_config *config, const char *bytes, size_t len, bool in_line,
		      uint64_t batch_us, struct str *out)
{
	_cleanup_(str_done) struct str tail = {};
	const char *at = bytes, *end = bytes + len;

	str_append(&tail, ",\"timestamp\":");
	_cleanup_(str_done) struct str stamp = {};
	if (config->date_format)
		clock_format(&stamp, config->date_format, (int64_t)batch_us);
	else
		clock_format_iso(&stamp, (int64_t)batch_us);
	append_json_string(&tail, str_cstr(&stamp), stamp.len);
	str_appendf(&tail, ",\"type\":\"%s\",\"process_id\":%d,\"app_name\":",
		    config->is_err ? "err" : "out", config->pm_id);
	append_json_string(&tail, config->app ? config->app : "",
			   config->app ? strlen(config->app) : 0);
	str_append(&tail, "}\n");

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((newline ? newline : end) - at);

		if (!in_line) {
			str_append(out, "{\"message\":");
			append_json_string(out, at,
					   newline ? line : without_cut_character(at, line));
			str_append_bytes(out, tail.data, tail.len);
		}
		if (!newline)
			return true;
		in_line = false;
		at = newline + 1;
	}
	return in_line;
}

static bool dated_text(const struct log_config *config, const char *bytes, size_t len, bool in_line,
		       uint64_t batch_us, struct str *out)
{
	_cleanup_(str_done) struct str stamp = {};
	const char *at = bytes, *end = bytes + len;

	clock_format(&stamp, config->date_format, (int64_t)batch_us);
	str_append(&stamp, ": ");
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *next = newline ? newline + 1 : end;

		if (!in_line)
			str_append_bytes(out, stamp.data, stamp.len);
		str_append_bytes(out, at, (size_t)(next - at));
		in_line = !newline;
		at = next;
	}
	return in_line;
}

bool format_text(const struct log_config *config, const char *bytes, size_t len, bool in_line,
		 uint64_t batch_us, struct str *out)
{
	if (len == 0)
		return in_line;
	if (config->json)
		return json_text(config, bytes, len, in_line, batch_us, out);
	if (config->date_format)
		return dated_text(config, bytes, len, in_line, batch_us, out);
	str_append_bytes(out, bytes, len);
	return bytes[len - 1] != '\n';
}
