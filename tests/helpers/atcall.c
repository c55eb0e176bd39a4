/* atcall: something happens to an engine at its Nth system call, counted from its birth.
 *
 *   atcall KEEPER kill N            SIGKILL at the Nth stop around a system call
 *   atcall KEEPER fail N ERRNO      the Nth call that asks for memory, processes, files or writes
 * fails once
 *   atcall KEEPER now N             as kill, but of the engine that lives, counted from the moment
 * at which "attached" is printed
 *   atcall KEEPER hang              the engine that lives runs in a circle for ever
 *
 * For kill and fail the keeper is traced, its engine killed; so the next engine is traced from its
 * fork on, with all its threads. Apps it makes are let go at once. Exit status: 0 done (all is let
 * go), 1 the engine did not come that far in ten seconds, 77 this cannot be done here, 2 a
 * mistake. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 10
#define SYSCALL_STOP (SIGTRAP | 0x80)

struct trace {
	pid_t keeper, engine; /* engine 0: not born yet */
	bool fail;
	unsigned long goal, count;
	int error;
	pid_t failing; /* thread whose call was taken away; its exit gets the error */
};

static void on_alarm(int number)
{
	static const char text[] = "atcall: not reached\n";

	(void)number;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

static void give_up(const char *what)
{
	perror(what);
	exit(errno == EPERM ? 77 : 2);
}

/* Thread group of a task; 0 when it is gone. */
static pid_t group_of(pid_t task)
{
	char path[64], line[256];
	int group = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", task);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Tgid: %d", &group) == 1)
			break;
	if (file)
		fclose(file);
	return group;
}

/* The engine is the first child of the keeper that is called pmcd: what it has cloned and what is
 * no app yet is called so too, but was born later. 0: there is none. */
static pid_t engine_of(pid_t keeper)
{
	char path[64], name[32];
	bool found = false;
	int child = 0;
	FILE *list, *comm;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", keeper, keeper);
	list = fopen(path, "re");
	while (list && !found && fscanf(list, "%d", &child) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/comm", child);
		comm = fopen(path, "re");
		found = comm && fgets(name, sizeof(name), comm) && strcmp(name, "pmcd\n") == 0;
		if (comm)
			fclose(comm);
	}
	if (list)
		fclose(list);
	return found ? child : 0;
}

static void seize(pid_t task)
{
	if (ptrace(PTRACE_SEIZE, task, NULL,
		   (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				  PTRACE_O_TRACECLONE)) < 0)
		give_up("PTRACE_SEIZE");
}

/* The next engine, from its birth on. */
static void await_engine(pid_t keeper)
{
	pid_t engine;

	seize(keeper);
	engine = engine_of(keeper);
	if (engine > 1)
		kill(engine, SIGKILL);
}

static void seize_threads(pid_t engine)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", engine);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		pid_t task = atoi(entry->d_name);

		if (task <= 1)
			continue;
		seize(task);
		ptrace(PTRACE_INTERRUPT, task, NULL, NULL);
	}
	if (dir)
		closedir(dir);
	puts("attached");
	fflush(stdout);
}

static void done(const struct trace *trace)
{
	printf("%s at call %lu of engine %d\n", trace->fail ? "failed" : "killed", trace->count,
	       trace->engine);
	exit(0);
}

#ifdef __x86_64__
static bool in_the_set(long number)
{
	static const long set[] = {SYS_clone,	  SYS_splice,	  SYS_sendmsg, SYS_write,
				   SYS_pwrite64,  SYS_openat,	  SYS_pipe2,   SYS_fcntl,
				   SYS_mmap,	  SYS_ftruncate,  SYS_fsync,   SYS_rename,
				   SYS_fallocate, SYS_pidfd_open, SYS_accept4};

	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++)
		if (set[i] == number)
			return true;
	return false;
}

static void set_register(pid_t task, size_t offset, long value)
{
	if (ptrace(PTRACE_POKEUSER, task, (void *)offset, (void *)value) < 0)
		give_up("PTRACE_POKEUSER");
}

static void consider_failing(struct trace *trace, pid_t task)
{
	struct __ptrace_syscall_info info = {0};

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task, (void *)sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && trace->failing == task) {
		set_register(task, offsetof(struct user_regs_struct, rax), -trace->error);
		done(trace);
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || trace->failing ||
	    !in_the_set((long)info.entry.nr) || ++trace->count < trace->goal)
		return;
	trace->failing = task;
	set_register(task, offsetof(struct user_regs_struct, orig_rax), -1);
}
/* In place of what the thread would do next: a jump to itself. A call that it waits in is not taken
 * up again. */
static void make_it_hang(pid_t engine)
{
	struct user_regs_struct registers;
	int status;
	long word;

	seize(engine);
	if (ptrace(PTRACE_INTERRUPT, engine, NULL, NULL) < 0 || waitpid(engine, &status, 0) < 0 ||
	    ptrace(PTRACE_GETREGS, engine, NULL, &registers) < 0)
		give_up("PTRACE_GETREGS");
	errno = 0;
	word = ptrace(PTRACE_PEEKTEXT, engine, (void *)registers.rip, NULL);
	if (errno != 0)
		give_up("PTRACE_PEEKTEXT");
	word = (long)(((unsigned long)word & ~0xffffUL) | 0xfeebUL);
	set_register(engine, offsetof(struct user_regs_struct, orig_rax), -1);
	if (ptrace(PTRACE_POKETEXT, engine, (void *)registers.rip, (void *)word) < 0)
		give_up("PTRACE_POKETEXT");
	ptrace(PTRACE_DETACH, engine, NULL, NULL);
	printf("engine %d runs in a circle\n", engine);
	exit(0);
}
#else
static void make_it_hang(pid_t engine)
{
	(void)engine;
	exit(77);
}

static void consider_failing(struct trace *trace, pid_t task)
{
	(void)trace;
	(void)task;
	exit(77);
}
#endif

static void on_call(struct trace *trace, pid_t task)
{
	if (trace->fail) {
		consider_failing(trace, task);
		return;
	}
	if (++trace->count < trace->goal)
		return;
	kill(trace->engine, SIGKILL);
	done(trace);
}

/* A task that is stopped: what it is, and how it goes on. */
static void on_stop(struct trace *trace, pid_t task, int status)
{
	int number = WSTOPSIG(status), event = status >> 16;
	pid_t group = task == trace->keeper ? task : group_of(task);
	long how = PTRACE_SYSCALL;

	if (group != trace->keeper && trace->engine == 0)
		trace->engine = group;
	if (group == trace->keeper)
		how = PTRACE_CONT;
	else if (group != trace->engine)
		how = PTRACE_DETACH;
	else if (number == SYSCALL_STOP)
		on_call(trace, task);

	if (event == PTRACE_EVENT_STOP && (number == SIGSTOP || number == SIGTSTP) &&
	    how != PTRACE_DETACH)
		how = PTRACE_LISTEN;
	if (number == SYSCALL_STOP || event != 0)
		number = 0;
	ptrace((enum __ptrace_request)how, task, NULL, (void *)(long)number);
}

static void parse(int argc, char **argv, struct trace *trace)
{
	static const struct {
		const char *mode;
		int argc;
	} modes[] = {{"kill", 4}, {"fail", 5}, {"now", 4}, {"hang", 3}};
	bool known = false;

	for (size_t i = 0; argc > 2 && i < sizeof(modes) / sizeof(modes[0]); i++)
		known |= strcmp(argv[2], modes[i].mode) == 0 && argc == modes[i].argc;
	trace->keeper = known ? atoi(argv[1]) : 0;
	if (trace->keeper <= 1)
		exit(2);
	trace->fail = strcmp(argv[2], "fail") == 0;
	trace->goal = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	trace->error = trace->fail ? atoi(argv[4]) : 0;
}

int main(int argc, char **argv)
{
	struct trace trace = {0};
	bool hang, living;
	int status;
	pid_t task;

	parse(argc, argv, &trace);
	hang = strcmp(argv[2], "hang") == 0;
	living = hang || strcmp(argv[2], "now") == 0;
	signal(SIGALRM, on_alarm);
	alarm(SECONDS_MAX);
	if (living && (trace.engine = engine_of(trace.keeper)) <= 1)
		return 1;
	if (hang)
		make_it_hang(trace.engine);
	else if (living)
		seize_threads(trace.engine);
	else
		await_engine(trace.keeper);
	while ((task = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			on_stop(&trace, task, status);
		else if (task == trace.engine)
			break;
	}
	fprintf(stderr, "atcall: the engine ended by itself after %lu calls\n", trace.count);
	return 1;
}
