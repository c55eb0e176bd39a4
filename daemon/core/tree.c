#include "daemon/core/tree.h"

static int root_of_session(const struct tree_root *roots, size_t root_count,
			   const struct tree_process *process)
{
	for (size_t i = 0; i < root_count; i++)
		if (roots[i].leader_pid > 1 && (process->pid == roots[i].leader_pid ||
						process->session == roots[i].leader_pid))
			return (int)i;
	return -1;
}

static int root_of_parent(const struct tree_process *processes, size_t count, int ppid)
{
	for (size_t i = 0; ppid > 1 && i < count; i++)
		if (processes[i].pid == ppid)
			return processes[i].root;
	return -1;
}

/* One pass over all; true if a new mark was made. Repeated until nothing is new: a chain listed
 * backwards needs as many passes as it has links, a usual snapshot (parents first) needs one or
 * two. */
static bool mark_children(struct tree_process *processes, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (processes[i].root >= 0 || processes[i].pid < 2)
			continue;
		processes[i].root = root_of_parent(processes, count, processes[i].ppid);
		any = any || processes[i].root >= 0;
	}
	return any;
}

size_t tree_mark(struct tree_process *processes, size_t count, const struct tree_root *roots,
		 size_t root_count)
{
	size_t marked = 0;

	for (size_t i = 0; i < count; i++)
		if (processes[i].root < 0 && processes[i].pid > 1)
			processes[i].root = root_of_session(roots, root_count, &processes[i]);
	while (mark_children(processes, count))
		;
	for (size_t i = 0; i < count; i++)
		marked += processes[i].root >= 0;
	return marked;
}
