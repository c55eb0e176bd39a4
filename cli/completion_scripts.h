/* completion_scripts: the files of packaging/completions as texts, put into pmc by the build. */
#pragma once

extern const char completion_script_bash[], completion_script_zsh[], completion_script_fish[];
