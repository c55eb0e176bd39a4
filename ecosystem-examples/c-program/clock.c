/* A server in C: whoever connects is told the time and how many have asked, then the connection
 * ends.
 *
 *   make -C ecosystem-examples/c-program      builds it
 *   nc localhost 8302                         asks it
 *
 * CLOCK_PORT says where to listen; 8302 when it is not set. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int listen_on(unsigned short port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0) {
		perror("clock");
		exit(1);
	}
	return fd;
}

static void answer(int client, unsigned long count)
{
	char now[64], line[128];
	time_t seconds = time(NULL);

	strftime(now, sizeof(now), "%Y-%m-%d %H:%M:%S", localtime(&seconds));
	snprintf(line, sizeof(line), "%s, asked %lu times, pid %d\n", now, count, (int)getpid());
	if (write(client, line, strlen(line)) < 0)
		perror("clock: write");
	close(client);
}

int main(void)
{
	const char *port = getenv("CLOCK_PORT");
	int server = listen_on((unsigned short)(port ? atoi(port) : 8302));
	unsigned long count = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("the clock runs\n");
	for (;;) {
		int client = accept(server, NULL, NULL);

		if (client < 0)
			continue;
		answer(client, ++count);
		printf("answered %lu\n", count);
	}
}
