#include "daemon/run/ending.h"

#include "shared/base/str.h"
#include "shared/base/units.h"

void ending_append(struct str *text, int code, int signal, bool core, int64_t life_ms)
{
	if (signal > 0)
		str_appendf(text, "killed by %s%s", units_signal_name(signal),
			    core ? " (core dumped)" : "");
	else if (code >= 0)
		str_appendf(text, "exit %d", code);
	else
		str_append(text, "ended, exit status not known,");
	str_append(text, " after ");
	units_human_duration(text, life_ms);
}
