/* docgen_tables: the parts of manuals about the tables of shared/. Part of docgen. */
#pragma once

struct str;

/* The keys of an app, by section; those of PM2 that mean nothing here. */
void docgen_tables_options(struct str *out);
void docgen_tables_ignored(struct str *out);

/* The keys of pmcd.ini. */
void docgen_tables_settings(struct str *out);

/* What the socket speaks of. */
void docgen_tables_methods(struct str *out);
void docgen_tables_events(struct str *out);
void docgen_tables_states(struct str *out);
