/* spec_js_program: what the user's node runs to evaluate a file for us. Its arguments: the absolute
 * path of the file, or with "expression" behind it a name for the text on stdin. It answers on
 * descriptor 3 with one line of JSON and ends:
 *
 *   {"value": …}                what the file exports, or the expression is
 *   {"error": {text, line, column, hint}}   line and column may be absent
 *   {"strip": true}             this node must be told to take the types of TypeScript away
 *   {"old": "20.1.0"}           this node cannot
 *
 * A node from 22.6 on that strips types does so with this text, too. Inside of spec_js only. */
#pragma once

extern const char spec_js_program[];

/* What a node that answered "strip" is called again with. */
#define SPEC_JS_PROGRAM_STRIP_FLAG "--experimental-strip-types"
