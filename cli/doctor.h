/* doctor: what this kernel offers to pmc, as far as the CLI can see it by itself, without a daemon.
 */
#pragma once
#include <jansson.h>

/* New reference: [{"name", "ok", "detail", "without"}], `without` says what pmc does when it is
 * missing. */
json_t *doctor_checks(void);
