#!/bin/sh
# Says what it was given, and stays.
echo "$GREETING from $NODE_APP_INSTANCE of $instances, port $WORKER_PORT, args: $*, limits: $LIMITS, core: $(ulimit -c)"
exec sleep 86400
