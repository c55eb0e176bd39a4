/* help: the texts of `pmc help`, `pmc --help`, `pmc COMMAND --help`, made from the tables. Pure:
 * appends to a struct str. */
#pragma once

#include "cli/command.h"

struct str;
struct style;

/* Columns to write help for: those of the terminal. Texts use 100 of them at most. */
unsigned help_width(void);

/* "Start and stop" */
const char *help_group_title(enum command_group group);

/* All commands by group; one command with its options. */
void help_overview(unsigned width, const struct style *style, struct str *out);
void help_command(const struct command *command, unsigned width, const struct style *style,
		  struct str *out);
