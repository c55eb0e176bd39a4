/* specs: from words and flags of the command line to specs of apps, as app.start wants them.
 *
 * Reads ecosystem files and prints all their mistakes. Decides nothing about what is running. */
#pragma once
#include <jansson.h>

struct app_spec;
struct command_context;
struct diagnostics;
struct ecosystem;
struct pmc_error;
struct str;

/* Read an ecosystem file with the command's flags; prints every mistake and warning, with the
 * source on a terminal. The exit code; on 0 the caller calls ecosystem_done(). */
int specs_load(struct command_context *ctx, const char *path, struct ecosystem *ret_eco);

/* Print the mistakes of a file, with its text on a terminal, and that nothing was done. 1. */
int specs_refuse(struct command_context *ctx, const char *path, const struct diagnostics *diags,
		 const struct str *source);

/* Append each app of a file that --only names, flags of the command line over it, to the list
 * `apps` for app.start. The exit code. */
int specs_add_file(struct command_context *ctx, const char *path, json_t *apps);

/* The same of the file that is meant when the command names nothing; says which. */
int specs_add_default(struct command_context *ctx, json_t *apps);

/* Append the names alone of these apps to a list of targets. Env files are not read, and variables
 * that are not set are no mistake. The exit code. */
int specs_add_names(struct command_context *ctx, const char *path, json_t *targets);

/* --env and --only mean apps of a file: an error for `word`, which names apps. The exit code. */
int specs_refuse_file_flags(struct command_context *ctx, const char *word);

/* The spec of a script of the command line with its flags. The exit code; on 0 the caller calls
 * app_spec_done(). */
int specs_of_script(struct command_context *ctx, const char *script, struct app_spec *ret_spec);

/* Append one app, with the caller's environment. */
void specs_add(struct command_context *ctx, const struct app_spec *spec, const char *base_dir,
	       json_t *apps);

/* The flags of apps and the words behind `--` as an object for `options`: paths absolute, null for
 * what is taken back. -EINVAL: a value is wrong, `err` says which. New reference. */
int specs_options(const struct command_context *ctx, json_t **ret_options, struct pmc_error *err);
