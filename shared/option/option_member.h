/* option_member: how each option type looks as a C struct member. The member rule of every table:
 * a unit stands in the name (x_ms, x_bytes), everything else has the option's own name. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/keyval.h"
#include "shared/base/strlist.h"
#include "shared/option/spec_value.h"

#define OPTION_MEMBER_DURATION(name) int64_t name##_ms
#define OPTION_MEMBER_SIZE(name) int64_t name##_bytes
#define OPTION_MEMBER_INT(name) int64_t name
#define OPTION_MEMBER_BOOL(name) bool name
#define OPTION_MEMBER_STRING(name) char *name /* NULL: not given */
#define OPTION_MEMBER_PATH(name) char *name
#define OPTION_MEMBER_PATH_OR_BOOL(name) char *name /* "true": the default place */
#define OPTION_MEMBER_ENUM(name) int name	    /* index into the choices */
#define OPTION_MEMBER_OCTAL(name) int name	    /* -1: not given */
#define OPTION_MEMBER_STRLIST(name) struct strlist name
#define OPTION_MEMBER_NAMES(name) struct strlist name
#define OPTION_MEMBER_LIST_OR_BOOL(name) struct spec_bool_or_list name
#define OPTION_MEMBER_INTLIST(name) struct spec_ints name
#define OPTION_MEMBER_KEYVAL(name) struct keyval name
#define OPTION_MEMBER_INSTANCES(name) struct spec_instances name
#define OPTION_MEMBER_LIMITS(name) struct spec_limits name
#define OPTION_MEMBER_SIGNALS(name) struct spec_signals name

#define OPTION_FIELD_DURATION(name) name##_ms
#define OPTION_FIELD_SIZE(name) name##_bytes
#define OPTION_FIELD_INT(name) name
#define OPTION_FIELD_BOOL(name) name
#define OPTION_FIELD_STRING(name) name
#define OPTION_FIELD_PATH(name) name
#define OPTION_FIELD_PATH_OR_BOOL(name) name
#define OPTION_FIELD_ENUM(name) name
#define OPTION_FIELD_OCTAL(name) name
#define OPTION_FIELD_STRLIST(name) name
#define OPTION_FIELD_NAMES(name) name
#define OPTION_FIELD_LIST_OR_BOOL(name) name
#define OPTION_FIELD_INTLIST(name) name
#define OPTION_FIELD_KEYVAL(name) name
#define OPTION_FIELD_INSTANCES(name) name
#define OPTION_FIELD_LIMITS(name) name
#define OPTION_FIELD_SIGNALS(name) name

/* One row of a table: the .c file of the table defines OPTION(type, name, ...) as
 * OPTION_ROW(struct, index, ...). */
#define OPTION_ROW(struct_, index_, type_, name_, ...)                                             \
	[index_] = {.name = #name_,                                                                \
		    .type = OPTION_##type_,                                                        \
		    .offset = offsetof(struct_, OPTION_FIELD_##type_(name_)),                      \
		    .index = (index_),                                                             \
		    __VA_ARGS__},

/* For .aliases and .choices. */
#define OPTION_WORDS(...)                                                                          \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
