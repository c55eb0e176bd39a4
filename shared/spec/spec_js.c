#include "shared/spec/spec_js.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/child.h"
#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_js_program.h"
#include "shared/spec/spec_json_text.h"

struct evaluation {
	const char *file; /* for the messages */
	char *path;	  /* absolute; NULL: an expression, which is in text_fd */
	int text_fd;
	const struct pmc_error *syntax; /* of an expression: why it is no JSON */
	struct diagnostics *diags;
};

static int complain(const struct evaluation *eval, const char *hint, const char *text)
{
	diagnostics_add(eval->diags, DIAGNOSTIC_ERROR, eval->file, 0, 0, hint, "%s", text);
	return -EINVAL;
}

static int complain_no_node(const struct evaluation *eval)
{
	if (eval->path)
		return complain(eval,
				"install Node.js or set PATH; or write the apps as .yml or .json",
				"files in JavaScript are read by node, and no node is in PATH");
	diagnostics_add(eval->diags, DIAGNOSTIC_ERROR, eval->file, eval->syntax->line,
			eval->syntax->column,
			"JSON with comments, single quotes or keys without quotes is read by node, "
			"and no node is in PATH",
			"%s", eval->syntax->message);
	return -EINVAL;
}

/* node did not answer. */
static int complain_ended(const struct evaluation *eval, int status)
{
	_cleanup_(mem_freep) char *text = NULL;

	if (WIFSIGNALED(status))
		text = mem_printf("node was ended by signal %d before the apps were known",
				  WTERMSIG(status));
	else
		text = mem_printf("node ended with exit code %d before the apps were known",
				  WEXITSTATUS(status));
	return complain(eval, "it must not end node, nor wait for what never comes", text);
}

static int complain_limit(const struct evaluation *eval, int code)
{
	_cleanup_(mem_freep) char *text = NULL;

	if (code == -ETIMEDOUT)
		text = mem_printf("not evaluated within %d s, node was killed",
				  SPEC_JS_TIME_MAX_MS / 1000);
	else if (code == -EFBIG)
		text = mem_printf("what it exports is larger than %d MiB",
				  SPEC_JS_ANSWER_MAX >> 20);
	else
		text = mem_printf("cannot run node: %s", pmc_error_text(code));
	return complain(eval,
			code == -ETIMEDOUT ? "the file must only say what the apps are: it is "
					     "evaluated at each command"
					   : NULL,
			text);
}

/* One run of node. -EINVAL after complaining. */
static int run_node(const struct evaluation *eval, bool strip, struct str *answer)
{
	_cleanup_(mem_freep) char *node = child_find("node");
	const char *argv[8] = {"node"};
	struct child_request request = {.path = node,
					.argv = argv,
					.stdin_fd = eval->text_fd,
					.time_max_ms = SPEC_JS_TIME_MAX_MS,
					.answer_max_bytes = SPEC_JS_ANSWER_MAX};
	struct child_end end = {};
	size_t count = 1;
	int r;

	if (!node)
		return complain_no_node(eval);
	if (strip)
		argv[count++] = SPEC_JS_PROGRAM_STRIP_FLAG;
	argv[count++] = "--eval";
	argv[count++] = spec_js_program;
	argv[count++] = eval->path ? eval->path : eval->file;
	if (!eval->path)
		argv[count++] = "expression";
	r = child_run(&request, answer, &end);
	if (r < 0)
		return complain_limit(eval, r);
	return answer->len > 0 ? 0 : complain_ended(eval, end.status);
}

static int number_of(const struct node *map, const char *key)
{
	const struct node *node = node_get(map, key);

	return node && node->kind == NODE_NUMBER ? (int)strtol(node->text, NULL, 10) : 0;
}

static const char *text_of(const struct node *map, const char *key)
{
	const struct node *node = node_get(map, key);

	return node && node->text ? node->text : "";
}

/* What node says is wrong. Text that is neither JSON nor JavaScript is told so. */
static int take_error(const struct evaluation *eval, const struct node *error)
{
	const char *hint = text_of(error, "hint"), *text = text_of(error, "text");
	_cleanup_(mem_freep) char *both = NULL;

	if (eval->syntax && str_starts(text, "SyntaxError"))
		both = mem_printf("%s; it is no strict JSON either: line %d, column %d: %s", text,
				  eval->syntax->line, eval->syntax->column, eval->syntax->message);
	diagnostics_add(eval->diags, DIAGNOSTIC_ERROR, eval->file, number_of(error, "line"),
			number_of(error, "column"), *hint ? hint : NULL, "%s", both ? both : text);
	return -EINVAL;
}

static int complain_old(const struct evaluation *eval, const char *version)
{
	_cleanup_(mem_freep) char *text =
		mem_printf("Node.js %s cannot read TypeScript: 22.6 or newer can", version);

	return complain(eval, "update Node.js, or write the file as .js, .yml or .json", text);
}

static void forget_places(struct node *node)
{
	node->line = node->column = node->key_line = node->key_column = 0;
	for (size_t i = 0; i < node->count; i++)
		forget_places(node->items[i]);
}

/* JSON has no regular expressions: they came as texts. */
static void warn_of_patterns(const struct evaluation *eval, const struct node *answer)
{
	const struct node *patterns = node_get(answer, "patterns");

	for (size_t i = 0; patterns && i < patterns->count; i++)
		diagnostics_add(
			eval->diags, DIAGNOSTIC_WARNING, eval->file, 0, 0,
			"options take patterns as texts: '*.log', 'tmp'",
			"the regular expression %s is taken as the text between its slashes",
			patterns->items[i]->text);
}

/* The value, the last member, leaves the answer. */
static int take_value(const struct evaluation *eval, struct node *answer, struct node **ret_root)
{
	struct node *value = node_get(answer, "value") ? answer->items[answer->count - 1] : NULL;

	warn_of_patterns(eval, answer);
	if (!value || value->kind == NODE_NULL || (!value->text && value->count == 0))
		return complain(eval, "write module.exports = { apps: [ … ] }",
				"it exports no apps");
	answer->count--;
	free(value->key);
	value->key = NULL;
	forget_places(value);
	*ret_root = value;
	return 0;
}

/* A limit of trees is a mistake of the file; places in the answer mean nothing. */
static int parse_answer(const struct evaluation *eval, const struct str *text,
			struct node **ret_answer)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct pmc_error syntax = {};
	int r = spec_json_text_parse(text->data, text->len, NULL, &diags, ret_answer, &syntax);

	if (r == -EBADMSG)
		return complain(eval, NULL, syntax.message);
	for (size_t i = 0; i < diags.count; i++)
		complain(eval, NULL, diags.items[i].message);
	return r;
}

static int evaluate(const struct evaluation *eval, bool strip, struct node **ret_root)
{
	_cleanup_(node_destroyp) struct node *answer = NULL;
	_cleanup_(str_done) struct str text = {};
	int r = run_node(eval, strip, &text);

	if (r == 0)
		r = parse_answer(eval, &text, &answer);
	if (r < 0)
		return r;
	if (node_get(answer, "strip") && !strip)
		return evaluate(eval, true, ret_root);
	if (node_get(answer, "old"))
		return complain_old(eval, text_of(answer, "old"));
	if (node_get(answer, "error"))
		return take_error(eval, node_get(answer, "error"));
	return take_value(eval, answer, ret_root);
}

int spec_js_load(const char *path, struct diagnostics *diags, struct node **ret_root)
{
	_cleanup_(mem_freep) char *absolute = path_absolute(path);
	const struct evaluation eval = {
		.file = path, .path = absolute, .text_fd = -1, .diags = diags};

	*ret_root = NULL;
	if (!absolute)
		return complain(&eval, NULL, "the current directory is gone");
	return evaluate(&eval, false, ret_root);
}

int spec_js_expression(const char *text, size_t len, const char *file,
		       const struct pmc_error *syntax, struct diagnostics *diags,
		       struct node **ret_root)
{
	_cleanup_(fdio_closep) int fd = memfd_create("pmc-expression", MFD_CLOEXEC);
	const struct evaluation eval = {
		.file = file, .text_fd = fd, .syntax = syntax, .diags = diags};
	int r = fd < 0 ? -errno : fdio_write_all(fd, text, len);

	*ret_root = NULL;
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? complain_limit(&eval, r) : evaluate(&eval, false, ret_root);
}
