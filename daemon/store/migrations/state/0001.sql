-- What the user wants. Rows of one command change in one transaction.
CREATE TABLE app (
	name TEXT NOT NULL PRIMARY KEY,
	spec TEXT NOT NULL,
	env TEXT NOT NULL,
	unique_id TEXT NOT NULL,
	created_us INTEGER NOT NULL
) STRICT;
CREATE TABLE instance (
	pm_id INTEGER PRIMARY KEY,
	app TEXT NOT NULL,
	number INTEGER NOT NULL,
	wanted INTEGER NOT NULL,
	generation INTEGER NOT NULL
) STRICT;
-- Ids of requests that were stored, for an hour: a repeated one is answered, not done again.
CREATE TABLE request (
	id TEXT NOT NULL PRIMARY KEY,
	time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
