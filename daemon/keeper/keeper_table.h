/* keeper_table: the memory that keeper and engine share, and the words they exchange.
 *
 * It holds only what the keeper needs. An upgraded engine meets an old keeper: sizes are in the
 * header, new fields go into `spare` (zero: not known), KEEPER_ABI is raised only when a field
 * moves. State changes are sequentially consistent atomics; other fields are written before the
 * state that publishes them. Included by the keeper: libc only. */
#pragma once
#include <stdatomic.h>
#include <stdint.h>

#define KEEPER_ABI 1
#define KEEPER_MAGIC "PMCKEEP"
#define KEEPER_TABLE_NAME "keeper.table" /* in SHM_DIR */
#define KEEPER_SLOTS 4096
#define KEEPER_FDS 20480
#define KEEPER_PAGE 4096

/* The same numbers in keeper and engine; 10 and up belong to the shelf. */
enum keeper_fd {
	FD_CTL = 3,	   /* engine's end of the SOCK_SEQPACKET pair */
	FD_EVENT = 4,	   /* eventfd: the keeper wrote something into the table */
	FD_TABLE = 5,	   /* keeper.table */
	FD_LOCK = 6,	   /* run/lock, flocked */
	FD_KEEPER_CTL = 7, /* keeper's end of the pair */
	FD_KEEPER_SIG = 8, /* signalfd */
	FD_SHM_DIR = 9,	   /* SHM_DIR, O_DIRECTORY */
	FD_FIRST = 10,
};

/* Shelf indices. */
enum { SHELF_LISTENER = 0, SHELF_SLOTS = 16, SHELF_PER_SLOT = 4 };
enum shelf_kind { SHELF_OUT, SHELF_ERR, SHELF_IPC, SHELF_PIDFD };

static inline int shelf_index(int slot, enum shelf_kind kind)
{
	return SHELF_SLOTS + SHELF_PER_SLOT * slot + (int)kind;
}

enum keeper_flags {
	KEEPER_SAFE = 1,
	KEEPER_STOPPING = 2,
	KEEPER_FOREGROUND = 4,
	KEEPER_HUNG = 8 /* the last engine showed no life: the watchdog has ended it */
};

/* Page 0: written by the keeper, read-only in the engine. */
struct keeper_header {
	char magic[8];
	uint32_t abi, header_bytes, slot_bytes, nslots, nfds;
	_Atomic uint32_t flags; /* enum keeper_flags */
	char boot_id[40];
	uint64_t pidns_ino; /* another pid namespace on the same boot: pids mean nothing */
	int32_t keeper_pid, engine_pid;
	uint32_t engine_gen;		 /* how many engines this table has seen */
	uint32_t failed_starts;		 /* in a row */
	_Atomic uint32_t orphans_reaped; /* re-parented grandchildren; each is also an event */
	uint32_t fds_lost;
	int32_t engine_code,
		engine_status; /* how the last engine ended: CLD_*, code or signal; 0: it has not */
	uint64_t engine_fork_ns, engine_end_ns; /* monotonic */
	uint64_t safe_since_us;			/* wall clock, with KEEPER_SAFE */
	uint32_t keeper_gen;			/* 1; +1 by each keeper that adopted the table */
	uint32_t app_nofile;			/* soft RLIMIT_NOFILE apps get back before exec */
	int32_t app_oom_adj;			/* oom_score_adj apps get back */
	uint32_t app_umask;			/* umask apps get back */
	char engine_path[256], engine_prev[256];
	uint32_t watch_ms; /* the watchdog, as this engine asked for it; 0: off */
};

/* Page 1: written by the engine. */
struct keeper_beat {
	_Atomic uint64_t ready_ns, heartbeat_ns;
	_Atomic uint32_t slots_used;	  /* slots at and beyond this index are FREE */
	_Atomic uint32_t flags;		  /* BEAT_STOPPING: the engine itself was told to end */
	_Atomic uint32_t told_keeper_gen; /* the newest keeper that was told to people */
};
enum { BEAT_STOPPING = 1 };

enum slot_state { SLOT_FREE, SLOT_INTENT, SLOT_RUN, SLOT_EXITED };

/* From page 2 on. */
struct keeper_slot {
	_Atomic uint32_t state; /* enum slot_state */
	_Atomic int32_t
		pid;  /* 0 by the engine before INTENT, then by the kernel (CLONE_PARENT_SETTID) */
	uint64_t seq; /* number of this life, never used again */
	uint64_t start_ticks;		       /* field 22 of /proc/PID/stat; 0: not read yet */
	_Atomic int32_t exec_errno, exec_step; /* by the child itself, before exec */
	int32_t code, status; /* keeper: CLD_EXITED, CLD_KILLED, CLD_DUMPED; exit code or signal */
	uint64_t exit_us, exit_ns;  /* keeper: wall clock, monotonic */
	uint64_t cpu_us, maxrss_kb; /* keeper, from rusage */
	uint32_t flags;		    /* SLOT_ORPHAN: set by a keeper at its start: not its child */
	uint32_t spare[5];
};
enum { SLOT_ORPHAN = 1 };

_Static_assert(sizeof(struct keeper_slot) <= 128, "a slot stays small");

/* After the slots, page-aligned: int32_t fd[KEEPER_FDS], written by the keeper: its own fd number,
 * 0: none. */
#define KEEPER_SLOTS_OFFSET (2 * KEEPER_PAGE)
#define KEEPER_FDS_OFFSET                                                                          \
	((KEEPER_SLOTS_OFFSET + KEEPER_SLOTS * sizeof(struct keeper_slot) + KEEPER_PAGE - 1) /     \
	 KEEPER_PAGE * KEEPER_PAGE)
#define KEEPER_TABLE_BYTES                                                                         \
	((KEEPER_FDS_OFFSET + KEEPER_FDS * sizeof(int32_t) + KEEPER_PAGE - 1) / KEEPER_PAGE *      \
	 KEEPER_PAGE)

/* One SOCK_SEQPACKET message, with one fd attached for PUT. Wrong size, unknown op or index out of
 * range: ignored, fd closed. */
enum keeper_op {
	KEEPER_PUT = 1,
	KEEPER_DROP,
	KEEPER_UPGRADE,
	KEEPER_REEXEC,
	KEEPER_WATCH,
	KEEPER_CALM,
	KEEPER_STOP
};

struct keeper_message {
	uint32_t op;
	uint32_t index;	 /* PUT, DROP */
	uint64_t number; /* WATCH: milliseconds, 0 is off; STOP: exit code of the keeper */
	char path[256];	 /* UPGRADE, REEXEC */
};
