#include "daemon/log/log_record.h"

struct log_record log_record_get(const struct log_sink_state *state)
{
	return state->record[atomic_load(&state->active) & 1];
}

void log_record_put(struct log_sink_state *state, const struct log_record *record)
{
	uint32_t other = (atomic_load(&state->active) & 1) ^ 1;

	state->record[other] = *record;
	atomic_store(&state->active, other);
}
