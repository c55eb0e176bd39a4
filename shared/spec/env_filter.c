#include "shared/spec/env_filter.h"

#include <string.h>

#include "shared/option/spec_value.h"

bool env_filter_keeps(const struct spec_bool_or_list *filter, const char *name)
{
	if (filter->on && filter->list.count == 0)
		return false;
	for (size_t i = 0; i < filter->list.count; i++) {
		const char *entry = filter->list.items[i];

		if (*entry == '=' ? strcmp(name, entry + 1) == 0
				  : *entry && strstr(name, entry) != NULL)
			return false;
	}
	return true;
}
