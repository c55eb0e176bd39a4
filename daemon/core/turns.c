#include "daemon/core/turns.h"

#include <assert.h>

static bool stopped(const struct turns *turns)
{
	return turns->stop_at_failure && turns->failed;
}

bool turns_take(struct turns *turns, size_t *ret_index)
{
	if (turns->next == turns->count || stopped(turns) || turns->under_way >= turns->at_a_time)
		return false;
	turns->under_way++;
	*ret_index = turns->next++;
	return true;
}

bool turns_skip(struct turns *turns, size_t *ret_index)
{
	if (turns->next == turns->count || !stopped(turns))
		return false;
	*ret_index = turns->next++;
	return true;
}

void turns_end(struct turns *turns, bool ok)
{
	assert(turns->under_way > 0);
	turns->under_way--;
	turns->failed = turns->failed || !ok;
}

bool turns_over(const struct turns *turns)
{
	return turns->next == turns->count;
}
