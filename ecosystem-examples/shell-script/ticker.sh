#!/bin/sh
# Counts, once in INTERVAL seconds (1 when it is not set). SIGUSR1 makes it start from 0 again:
#
#   pmc sendSignal SIGUSR1 ticker
count=0
trap 'count=0; echo "from the beginning"' USR1
trap 'echo "stopped at $count"; exit 0' INT TERM

while :; do
	echo "tick $count"
	count=$((count + 1))
	sleep "${INTERVAL:-1}" &
	wait $!
done
