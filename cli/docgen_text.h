/* docgen_text: texts and names of the tables as scdoc. Part of docgen. */
#pragma once

struct option;
struct str;

/* Append `text` so that scdoc takes none of it for markup; words in backticks become bold. */
void docgen_text_append(struct str *out, const char *text);

/* A name of a table, bold. */
void docgen_text_name(struct str *out, const char *name);

/* "-n, --name <text>", as the help has it. */
void docgen_text_flag(struct str *out, const struct option *option);
