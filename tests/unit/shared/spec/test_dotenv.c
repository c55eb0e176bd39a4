#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/keyval.h"
#include "shared/base/str.h"
#include "shared/spec/dotenv.h"

static int parse(const char *text, struct keyval *vars, struct diagnostics *diags)
{
	_cleanup_(keyval_done) struct keyval outer = {};

	keyval_set(&outer, "HOME", "/root");
	keyval_set(&outer, "A", "outer");
	return dotenv_parse(text, strlen(text), ".env", &outer, vars, diags);
}

/* The variables as NAME=[value] with blanks between. */
static void gives(const char *text, const char *expected)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(keyval_done) struct keyval vars = {};
	_cleanup_(str_done) struct str shown = {};

	if (parse(text, &vars, &diags) < 0)
		fail_msg("%s: %s", text, diags.items[0].message);
	for (size_t i = 0; i < vars.count; i++)
		str_appendf(&shown, "%s%s=[%s]", i ? " " : "", vars.pairs[i].name,
			    vars.pairs[i].value);
	assert_string_equal(str_cstr(&shown), expected);
}

static void says(const char *text, int result, const char *expected)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(keyval_done) struct keyval vars = {};
	_cleanup_(str_done) struct str shown = {};

	assert_int_equal(parse(text, &vars, &diags), result);
	if (result < 0)
		assert_int_equal(vars.count, 0);
	diagnostics_format(&diags, NULL, 0, &shown);
	assert_string_equal(str_cstr(&shown), expected);
}

static void lines_are_names_and_values(void **state)
{
	gives("", "");
	gives("A=1\nB=two words\n", "A=[1] B=[two words]");
	gives("A=1", "A=[1]");
	gives("  A  =  1  \n\t B\t=2", "A=[1] B=[2]");
	gives("A=\nB=''\n", "A=[] B=[]");
	gives("a.b-c_1=x", "a.b-c_1=[x]");
	gives("A=1\nA=2", "A=[2]");
	gives("A=b=c", "A=[b=c]");
}

static void comments_and_blank_lines_are_left_out(void **state)
{
	gives("# head\n\n   # more\nA=1 # one\n\n#B=2\n", "A=[1]");
	gives("A='#' # x\nB=\"a#b\"#y", "A=[#] B=[a#b]");
	gives("A=#nothing", "A=[]");
	says("A=1\nB=ab#cd", 0,
	     ".env:2:5: warning: the value ends at #; put the value in quotes if # belongs to "
	     "it\n");
}

static void export_is_for_shells(void **state)
{
	gives("export A=1\nexport\tB=2", "A=[1] B=[2]");
	gives("export=1\nexported=2", "export=[1] exported=[2]");
	says("export A", -EINVAL, ".env:1:9: expected NAME=value; comments begin with #\n");
}

static void line_ends_and_marks_of_other_systems(void **state)
{
	gives("\xef\xbb\xbf"
	      "A=1\r\nB=\"x\r\ny\"\r\n\r\nC='z'\r\n",
	      "A=[1] B=[x\ny] C=[z]");
}

static void quotes_keep_blanks_and_lines(void **state)
{
	gives("A=\" x \"\nB=' y '\nC=` z `", "A=[ x ] B=[ y ] C=[ z ]");
	gives("A=\"one\ntwo\n\"\nB=`'\"`", "A=[one\ntwo\n] B=['\"]");
	gives("A=it's\nB=5\"", "A=[it's] B=[5\"]");
}

static void escapes_only_in_double_quotes(void **state)
{
	gives("A=\"a\\nb\\tc\\r\\\"\\\\\"", "A=[a\nb\tc\r\"\\]");
	gives("A=\"\\d\\.\"\nB='\\n'\nC=`\\n`\nD=\\n", "A=[\\d\\.] B=[\\n] C=[\\n] D=[\\n]");
	gives("A=\"\\${HOME} \\$HOME \\$${HOME}\"", "A=[${HOME} $HOME $/root]");
}

static void variables_are_those_of_the_file_then_those_outside(void **state)
{
	gives("B=${A}\nA=1\nC=\"${A} ${HOME}\"\nD=`${A}`\nE='${A}'",
	      "B=[outer] A=[1] C=[1 /root] D=[1] E=[${A}]");
	gives("A=${NONE:-x}\nB=$HOME\nC=$${A}", "A=[x] B=[$HOME] C=[${A}]");
	says("A=1\nB=${NONE}", -EINVAL,
	     ".env:2:3: the variable NONE is not set; set it before, give a default, or use '…'\n");
}

static void a_second_file_sees_the_first(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(keyval_done) struct keyval vars = {};

	assert_int_equal(parse("X=1\nY=1", &vars, &diags), 0);
	assert_int_equal(parse("Y=${X}2", &vars, &diags), 0);
	assert_string_equal(keyval_get(&vars, "X"), "1");
	assert_string_equal(keyval_get(&vars, "Y"), "12");
}

static void every_mistake_has_its_place(void **state)
{
	says("A=1\nnonsense\n 2B=x\nC=\"x\" y\n=z\n", -EINVAL,
	     ".env:2:9: expected NAME=value; comments begin with #\n"
	     ".env:3:2: expected NAME=value; comments begin with #\n"
	     ".env:4:7: text behind the closing quote; only a comment may stand there\n"
	     ".env:5:1: expected NAME=value; comments begin with #\n");
	says("A=é \"x\nB=é\nC='not\nclosed\n", -EINVAL,
	     ".env:3:3: the quote ' is not closed; quotes may go over several lines; close them\n");
	says("A=1\nB=\xff", -EINVAL, ".env:2:3: the file is not valid UTF-8 here\n");
}

static void what_is_too_large_is_refused(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(keyval_done) struct keyval vars = {};
	_cleanup_(str_done) struct str many = {}, large = {};

	for (int i = 0; i <= DOTENV_VARIABLES_MAX; i++)
		str_appendf(&many, "A%d=1\n", i);
	assert_int_equal(parse(many.data, &vars, &diags), -EINVAL);
	assert_string_equal(diags.items[0].message, "more than 4096 variables");
	assert_int_equal(diags.count, 1);
	str_append(&large, "A=");
	str_append_repeat(&large, 'x', 128 * 1024);
	assert_int_equal(parse(large.data, &vars, &diags), -EINVAL);
	assert_non_null(strstr(diags.items[1].message, "at most 131071 are allowed"));
	str_append_repeat(&large, 'x', DOTENV_FILE_MAX);
	assert_int_equal(parse(large.data, &vars, &diags), -EINVAL);
	assert_string_equal(diags.items[2].message, "larger than 1 MiB");
}

static void a_bomb_of_variables_is_refused(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(keyval_done) struct keyval vars = {};
	_cleanup_(str_done) struct str text = {};

	str_append(&text, "A0=xxxxxxxxxx\n");
	for (int i = 1; i < 12; i++) {
		str_appendf(&text, "A%d=", i);
		for (int k = 0; k < 10; k++)
			str_appendf(&text, "${A%d}", i - 1);
		str_append(&text, "\n");
	}
	assert_int_equal(parse(text.data, &vars, &diags), -EINVAL);
	assert_non_null(strstr(diags.items[0].message, "bytes long"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_names_and_values),
		cmocka_unit_test(comments_and_blank_lines_are_left_out),
		cmocka_unit_test(export_is_for_shells),
		cmocka_unit_test(line_ends_and_marks_of_other_systems),
		cmocka_unit_test(quotes_keep_blanks_and_lines),
		cmocka_unit_test(escapes_only_in_double_quotes),
		cmocka_unit_test(variables_are_those_of_the_file_then_those_outside),
		cmocka_unit_test(a_second_file_sees_the_first),
		cmocka_unit_test(every_mistake_has_its_place),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(a_bomb_of_variables_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
