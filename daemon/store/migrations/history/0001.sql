-- What happened. `fact` names what can be reported twice (boot, life, type): the second report is ignored.
CREATE TABLE event (
	id INTEGER PRIMARY KEY,
	fact TEXT UNIQUE,
	time_us INTEGER NOT NULL,
	type TEXT NOT NULL,
	cause TEXT NOT NULL,
	app TEXT NOT NULL,
	pm_id INTEGER NOT NULL,
	number INTEGER NOT NULL,
	pid INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	code INTEGER NOT NULL,
	signal INTEGER NOT NULL,
	core INTEGER NOT NULL,
	detail TEXT NOT NULL
) STRICT;
CREATE INDEX event_time ON event (time_us);
CREATE INDEX event_app ON event (app, time_us);
