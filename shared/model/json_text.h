/* json_text: any bytes as a JSON string. JSON is UTF-8; names of files and what programs print need
 * not be. */
#pragma once
#include <jansson.h>

/* `text` as it is when it is UTF-8, else with its invalid and control bytes written as \xff. NULL
 * gives null. New reference. */
json_t *json_text(const char *text);
