/* programs: where our own programs are: beside this one, or in the build folder. */
#pragma once

/* Path of the running program. New string; NULL when it cannot be told. */
char *programs_self(void);

/* Path of `name` ("pmc-keeper") beside the running program, or in the folder of that room below it.
 * New string; NULL: not there. */
char *programs_find(const char *name, const char *room);
