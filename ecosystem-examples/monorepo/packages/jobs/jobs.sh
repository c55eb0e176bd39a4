#!/bin/sh
# Does its work, in the folder of its package, and waits for more.
echo "jobs of $(basename "$PWD"), $STAGE"
exec sleep 86400
