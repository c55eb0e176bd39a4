#!/bin/sh
# Print the settings it was given, and stay.
echo "database $DATABASE_URL"
echo "currency $CURRENCY"
echo "level    $LOG_LEVEL"
echo "greeting $GREETING"
echo "terms    $(printf '%s' "$TERMS" | wc -l) line break"
exec sleep 86400
