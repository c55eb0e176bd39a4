/* cpus: how many CPUs may we use? */
#pragma once

/* The least of our affinity mask and the CPU quota of our cgroup (v2 cpu.max, v1 cfs_quota),
 * rounded up; at least 1. */
int cpus_allowed(void);
