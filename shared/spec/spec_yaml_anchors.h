/* spec_yaml_anchors: what the anchors of a YAML file stand for, and how much of the file's budget
 * is left when they are copied to where their aliases are. Inside of spec_yaml only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/spec/spec_yaml_text.h"

struct node;

struct spec_yaml_anchors {
	const struct spec_yaml_text *text;
	struct spec_yaml_anchor {
		char *name;
		const struct node *node; /* not owned; alive until the end of the reading */
		bool open;		 /* its node is still being read */
	} * items;
	size_t count;
	size_t nodes, bytes; /* of the budget, spent */
};

void spec_yaml_anchors_done(struct spec_yaml_anchors *anchors);

/* One more value of `bytes` bytes of text, which stands at `mark`: is there room? Complains if not.
 */
bool spec_yaml_anchors_spend(struct spec_yaml_anchors *anchors, size_t bytes,
			     const yaml_mark_t *mark);

/* A copy of a tree, its key too; NULL when there is no room, after complaining at `mark`. */
struct node *spec_yaml_anchors_clone(struct spec_yaml_anchors *anchors, const struct node *from,
				     const yaml_mark_t *mark);

/* Remember `node` by `name` (NULL: it has none), open until closed. False when there are too many,
 * after complaining. */
bool spec_yaml_anchors_add(struct spec_yaml_anchors *anchors, const char *name,
			   const struct node *node, const yaml_mark_t *mark);
void spec_yaml_anchors_close(struct spec_yaml_anchors *anchors, const struct node *node);

/* A copy of what the alias `name` at `mark` stands for, without a key; NULL after complaining. */
struct node *spec_yaml_anchors_resolve(struct spec_yaml_anchors *anchors, const char *name,
				       const yaml_mark_t *mark);
