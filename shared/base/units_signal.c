#include <signal.h>
#include <string.h>
#include <strings.h>

#include "shared/base/str.h"
#include "shared/base/units.h"

/* Number and name as Linux has them on x86, Arm and RISC-V. */
static const char *const names[] = {
	[SIGHUP] = "SIGHUP",	   [SIGINT] = "SIGINT",	      [SIGQUIT] = "SIGQUIT",
	[SIGILL] = "SIGILL",	   [SIGTRAP] = "SIGTRAP",     [SIGABRT] = "SIGABRT",
	[SIGBUS] = "SIGBUS",	   [SIGFPE] = "SIGFPE",	      [SIGKILL] = "SIGKILL",
	[SIGUSR1] = "SIGUSR1",	   [SIGSEGV] = "SIGSEGV",     [SIGUSR2] = "SIGUSR2",
	[SIGPIPE] = "SIGPIPE",	   [SIGALRM] = "SIGALRM",     [SIGTERM] = "SIGTERM",
	[SIGSTKFLT] = "SIGSTKFLT", [SIGCHLD] = "SIGCHLD",     [SIGCONT] = "SIGCONT",
	[SIGSTOP] = "SIGSTOP",	   [SIGTSTP] = "SIGTSTP",     [SIGTTIN] = "SIGTTIN",
	[SIGTTOU] = "SIGTTOU",	   [SIGURG] = "SIGURG",	      [SIGXCPU] = "SIGXCPU",
	[SIGXFSZ] = "SIGXFSZ",	   [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF",
	[SIGWINCH] = "SIGWINCH",   [SIGIO] = "SIGIO",	      [SIGPWR] = "SIGPWR",
	[SIGSYS] = "SIGSYS",
};

static const struct {
	const char *name;
	int number;
} aliases[] = {{"SIGIOT", SIGABRT}, {"SIGCLD", SIGCHLD}, {"SIGPOLL", SIGIO}};

#define RT(n) "SIGRTMIN+" #n
static const char *const realtime[] = {
	"SIGRTMIN", RT(1),  RT(2),  RT(3),  RT(4),  RT(5),  RT(6),  RT(7),  RT(8),  RT(9),  RT(10),
	RT(11),	    RT(12), RT(13), RT(14), RT(15), RT(16), RT(17), RT(18), RT(19), RT(20), RT(21),
	RT(22),	    RT(23), RT(24), RT(25), RT(26), RT(27), RT(28), RT(29), RT(30), RT(31), RT(32),
};
#undef RT

const char *units_signal_name(int signal)
{
	if (signal > 0 && (size_t)signal < ARRAY_SIZE(names))
		return names[signal];
	if (signal == 32) /* these two belong to the C library; an app may still die of them */
		return "signal 32";
	if (signal == 33)
		return "signal 33";
	if (signal >= SIGRTMIN && signal <= SIGRTMAX)
		return realtime[signal - SIGRTMIN];
	return "unknown signal";
}

/* "+3" behind SIGRTMIN, "-3" behind SIGRTMAX; 0: no such signal. */
static int realtime_number(int base, char sign, const char *behind)
{
	int64_t offset = 0;

	if (*behind && (*behind != sign || units_parse_int(behind, &offset, NULL) < 0))
		return 0;
	if (offset < SIGRTMIN - SIGRTMAX || offset > SIGRTMAX - SIGRTMIN)
		return 0;
	return base + (int)offset;
}

/* `word` without its SIG; 0: no such signal. */
static int number_of(const char *word)
{
	for (size_t i = 1; i < ARRAY_SIZE(names); i++) {
		if (strcasecmp(names[i] + 3, word) == 0)
			return (int)i;
	}
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (strcasecmp(aliases[i].name + 3, word) == 0)
			return aliases[i].number;
	}
	if (strncasecmp(word, "RTMIN", 5) == 0)
		return realtime_number(SIGRTMIN, '+', word + 5);
	if (strncasecmp(word, "RTMAX", 5) == 0)
		return realtime_number(SIGRTMAX, '-', word + 5);
	return 0;
}

static const char *without_sig(const char *text)
{
	return strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
}

int units_signal_number(const char *text)
{
	int64_t number;

	if (units_parse_int(text, &number, NULL) < 0)
		number = number_of(without_sig(text));
	return number > 0 && number <= SIGRTMAX ? (int)number : 0;
}

const char *units_signal_nearest(const char *text)
{
	const char *word = without_sig(text), *name = NULL;
	size_t len = strlen(word);
	unsigned best = 3;
	char upper[16];

	if (len >= sizeof(upper))
		return NULL;
	for (size_t i = 0; i <= len; i++)
		upper[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32 : word[i]);
	for (size_t i = 1; i < ARRAY_SIZE(names); i++) {
		unsigned distance = str_distance(upper, names[i] + 3, best);

		if (distance >= best)
			continue;
		best = distance;
		name = names[i];
	}
	return name;
}
