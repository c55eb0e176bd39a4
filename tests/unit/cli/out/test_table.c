#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/out/table.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static const struct table_column columns[] = {
	{.title = "id", .right = true},
	{.title = "name", .min = 4},
	{.title = "note", .drop = 1, .min = 6},
	{.title = "more", .drop = 2},
};
static const struct style plain = {.colors = 0};

static void fill(struct table *table, const char *name)
{
	table_init(table, columns, 4);
	table_row(table);
	table_setf(table, 0, STYLE_ID, "%d", 7);
	table_set(table, 1, STYLE_PLAIN, name);
	table_set(table, 2, STYLE_PLAIN, "a note");
	table_set(table, 3, STYLE_PLAIN, "more");
}

/* Columns of every line: they must all be the same. */
static unsigned box_width(const char *text)
{
	unsigned width = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		unsigned w = utf8_width(text, len);

		if (width)
			assert_int_equal(w, width);
		width = w;
		text += len + 1;
	}
	return width;
}

static void a_wide_terminal_shows_every_column(void **state)
{
	struct table table;
	struct str out = {};

	fill(&table, "web");
	table_render(&table, 200, &plain, &out);
	assert_string_equal(out.data, "╭────┬──────┬────────┬──────╮\n"
				      "│ id │ name │ note   │ more │\n"
				      "├────┼──────┼────────┼──────┤\n"
				      "│  7 │ web  │ a note │ more │\n"
				      "╰────┴──────┴────────┴──────╯\n");
	table_done(&table);
	str_done(&out);
}

static void columns_go_in_their_order_then_names_get_shorter(void **state)
{
	struct table table;
	struct str out = {};

	fill(&table, "a-rather-long-name");
	table_render(&table, 40, &plain, &out);
	assert_non_null(strstr(out.data, "note"));
	assert_null(strstr(out.data, "more"));
	str_clear(&out);
	table_render(&table, 20, &plain, &out);
	assert_string_equal(out.data, "╭────┬─────────────╮\n"
				      "│ id │ name        │\n"
				      "├────┼─────────────┤\n"
				      "│  7 │ a-rather-l… │\n"
				      "╰────┴─────────────╯\n");
	table_done(&table);
	str_done(&out);
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	for (unsigned width = 14; width < 80; width++) {
		struct table table;
		struct str out = {};

		fill(&table, "名前がとても長いアプリケーション🚀");
		table_render(&table, width, &plain, &out);
		assert_in_range(box_width(out.data), 1, width);
		table_done(&table);
		str_done(&out);
	}
}

static void what_may_wrap_goes_on_in_the_next_line(void **state)
{
	static const struct table_column pair[] = {{.title = "key"},
						   {.title = "value", .min = 7, .wrap = true}};
	struct table table;
	struct str out = {};

	table_init(&table, pair, 2);
	table.headless = true;
	table_row(&table);
	table_set(&table, 0, STYLE_PLAIN, "path");
	table_set(&table, 1, STYLE_PLAIN, "/srv/名前/and/on");
	table_row(&table);
	table_set(&table, 0, STYLE_PLAIN, "why");
	table_set(&table, 1, STYLE_PLAIN, "it was killed");
	table_render(&table, 18, &plain, &out);
	assert_string_equal(out.data, "╭──────┬─────────╮\n"
				      "│ path │ /srv/   │\n"
				      "│      │ 名前/   │\n"
				      "│      │ and/on  │\n"
				      "│ why  │ it was  │\n"
				      "│      │ killed  │\n"
				      "╰──────┴─────────╯\n");
	table_done(&table);
	str_done(&out);
}

static void control_bytes_are_shown_not_sent(void **state)
{
	struct table table;
	struct str out = {};

	fill(&table, "evil\033[31m\r\n");
	table_render(&table, 100, &plain, &out);
	assert_null(strchr(out.data, '\033'));
	assert_null(strchr(out.data, '\r'));
	assert_non_null(strstr(out.data, "evil\\x1b[31m"));
	box_width(out.data);
	table_done(&table);
	str_done(&out);
}

static void colour_does_not_count_as_width(void **state)
{
	const struct style colored = {.colors = 256};
	struct table table;
	struct str out = {}, bare = {};

	fill(&table, "web");
	table_render(&table, 60, &colored, &out);
	assert_non_null(strchr(out.data, '\033'));
	for (const char *c = out.data; *c; c++) {
		if (*c == '\033')
			c += strcspn(c, "m");
		else
			str_append_char(&bare, *c);
	}
	str_clear(&out);
	table_render(&table, 60, &plain, &out);
	assert_string_equal(bare.data, out.data);
	table_done(&table);
	str_done(&out);
	str_done(&bare);
}

static void an_empty_table_is_a_head_alone(void **state)
{
	struct table table;
	struct str out = {};

	table_init(&table, columns, 2);
	table_render(&table, 80, &plain, &out);
	assert_string_equal(out.data,
			    "╭────┬──────╮\n│ id │ name │\n├────┼──────┤\n╰────┴──────╯\n");
	table_done(&table);
	str_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wide_terminal_shows_every_column),
		cmocka_unit_test(columns_go_in_their_order_then_names_get_shorter),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(what_may_wrap_goes_on_in_the_next_line),
		cmocka_unit_test(control_bytes_are_shown_not_sent),
		cmocka_unit_test(colour_does_not_count_as_width),
		cmocka_unit_test(an_empty_table_is_a_head_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
