/* spec_schema: the JSON Schema (draft 2020-12) of an ecosystem file, from the option table: for
 * editors and for the manual. It says what is accepted, not what is obeyed. */
#pragma once
#include <jansson.h>

/* Of one app: every option under each of its keys, with text, default and bounds. New reference. */
json_t *spec_schema_app(void);

/* Of a whole file, in each of its shapes. New reference. */
json_t *spec_schema_file(void);
