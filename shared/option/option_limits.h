/* option_limits: the names of the resource limits and what the kernel calls them. */
#pragma once
#include <sys/resource.h>

#include "shared/option/spec_value.h"

/* "nofile" */
const char *option_limits_name(enum spec_limit limit);

/* RLIMIT_NOFILE */
int option_limits_resource(enum spec_limit limit);
