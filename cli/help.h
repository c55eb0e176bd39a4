/* help: the texts of `pmc help`, `pmc --help`, `pmc COMMAND --help`, made from the tables. Pure:
 * appends to a struct str. */
#pragma once

struct command;
struct str;
struct style;

/* Columns to write help for: those of the terminal, at most 100. */
unsigned help_width(void);

/* All commands by group; one command with its options. */
void help_overview(unsigned width, const struct style *style, struct str *out);
void help_command(const struct command *command, unsigned width, const struct style *style,
		  struct str *out);
