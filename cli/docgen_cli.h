/* docgen_cli: the parts of manuals about commands and flags. Part of docgen. */
#pragma once

struct str;

/* Every command, by group. */
void docgen_cli_commands(struct str *out);

/* The flags: of every command, of some commands, those that are options of apps. */
void docgen_cli_global_flags(struct str *out);
void docgen_cli_command_flags(struct str *out);
void docgen_cli_app_flags(struct str *out);
