/* How an app is stopped: "SIGINT", "SIGINT 5s, SIGTERM 5s, SIGKILL", or a list of such steps. */
#include "shared/option/option_type.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/strlist.h"
#include "shared/base/units.h"
#include "shared/option/spec_value.h"

#define WAIT_MAX_MS (24 * 3600 * 1000LL)

static const char hint[] = "write a signal, or steps such as SIGINT 5s, SIGTERM 5s, SIGKILL";

static bool complain_signal(const struct option_reader *reader, const struct node *node,
			    const char *word)
{
	struct pmc_error err = {};
	int signal;

	units_parse_signal(word, &signal, &err);
	return option_type_complain(reader, node, err.hint[0] ? err.hint : hint,
				    "'%.40s' is not a signal", word);
}

static bool add_step(const struct option_reader *reader, struct spec_signals *signals,
		     const struct node *node, const char *text)
{
	_cleanup_(strlist_done) struct strlist words = {};
	int64_t wait_ms = SPEC_WAIT_KILL_TIMEOUT;
	int signal;

	strlist_split(&words, text, " \t\r\n");
	if (words.count < 1 || words.count > 2)
		return option_type_complain(reader, node, hint,
					    "'%.40s' is not a signal and a wait", text);
	if (signals->count == SPEC_SIGNALS_MAX)
		return option_type_complain(reader, node, NULL, "more than %d steps",
					    SPEC_SIGNALS_MAX);
	if (units_parse_signal(words.items[0], &signal, NULL) < 0)
		return complain_signal(reader, node, words.items[0]);
	if (words.count == 2 &&
	    (units_parse_duration(words.items[1], &wait_ms, NULL) < 0 || wait_ms > WAIT_MAX_MS))
		return option_type_complain(reader, node, hint,
					    "'%.40s' is not a wait of at most a day",
					    words.items[1]);
	signals->step[signals->count].signal = signal;
	signals->step[signals->count++].wait_ms = wait_ms;
	return true;
}

static bool set_signals(const struct option_reader *reader, void *value, const struct node *node)
{
	_cleanup_(strlist_done) struct strlist steps = {};
	bool good = true;

	if (node->kind == NODE_LIST) {
		for (size_t i = 0; good && i < node->count; i++)
			good = option_type_scalar(reader, node->items[i], "a signal") &&
			       add_step(reader, value, node->items[i], node->items[i]->text);
	} else {
		if (!option_type_scalar(reader, node, "a signal"))
			return false;
		strlist_split(&steps, node->text, ",");
		for (size_t i = 0; good && i < steps.count; i++)
			good = add_step(reader, value, node, steps.items[i]);
	}
	if (good && !((struct spec_signals *)value)->count)
		return option_type_complain(reader, node, hint, "no signal is named");
	return good;
}

static void format_signals(const struct option *opt, const void *value, struct str *out)
{
	const struct spec_signals *signals = value;

	for (unsigned i = 0; i < signals->count; i++) {
		str_appendf(out, "%s%s", i ? ", " : "", units_signal_name(signals->step[i].signal));
		if (signals->step[i].wait_ms == SPEC_WAIT_KILL_TIMEOUT)
			continue;
		str_append_char(out, ' ');
		units_format_duration(out, signals->step[i].wait_ms);
	}
}

static json_t *signals_to_json(const struct option *opt, const void *value)
{
	_cleanup_(str_done) struct str text = {};

	format_signals(opt, value, &text);
	return json_string(str_cstr(&text));
}

static bool signals_equal(const void *a, const void *b)
{
	const struct spec_signals *x = a, *y = b;

	if (x->count != y->count)
		return false;
	for (unsigned i = 0; i < x->count; i++)
		if (x->step[i].signal != y->step[i].signal ||
		    x->step[i].wait_ms != y->step[i].wait_ms)
			return false;
	return true;
}

static json_t *signals_schema(const struct option *opt)
{
	return json_pack("{s[ss]}", "type", "string", "array");
}

const struct option_type_ops option_signals_sequence = {
	.word = "signals",
	.size = sizeof(struct spec_signals),
	.set = set_signals,
	.to_json = signals_to_json,
	.format = format_signals,
	.equal = signals_equal,
	.schema = signals_schema,
};
