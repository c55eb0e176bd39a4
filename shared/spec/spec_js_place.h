/* spec_js_place: where in a text of JavaScript do the values stand that it was evaluated to? A
 * guess, made only where the text leaves no doubt: a key that is written as often as the tree has
 * it is taken in the order of both. What is computed, spread or built by code keeps no place. */
#pragma once
#include <stddef.h>

struct node;

/* Set places in the tree, which has none. */
void spec_js_place_guess(const char *text, size_t len, struct node *root);
