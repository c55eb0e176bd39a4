#include "shared/spec/spec_yaml_anchors.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/option/node.h"
#include "shared/spec/spec_yaml.h"

void spec_yaml_anchors_done(struct spec_yaml_anchors *anchors)
{
	for (size_t i = 0; i < anchors->count; i++)
		free(anchors->items[i].name);
	free(anchors->items);
	*anchors = (struct spec_yaml_anchors){};
}

bool spec_yaml_anchors_spend(struct spec_yaml_anchors *anchors, size_t bytes,
			     const yaml_mark_t *mark)
{
	_cleanup_(mem_freep) char *text = NULL;

	anchors->nodes++;
	anchors->bytes += bytes;
	if (anchors->nodes > SPEC_YAML_NODES_MAX)
		text = mem_printf("more than %d values, aliases counted as what they stand for",
				  SPEC_YAML_NODES_MAX);
	else if (anchors->bytes > SPEC_YAML_BYTES_MAX)
		text = mem_printf(
			"more than %d MiB of text, aliases counted as what they stand for",
			SPEC_YAML_BYTES_MAX >> 20);
	return !text || spec_yaml_text_complain(anchors->text, mark, text);
}

struct node *spec_yaml_anchors_clone(struct spec_yaml_anchors *anchors, const struct node *from,
				     const yaml_mark_t *mark)
{
	size_t bytes = (from->text ? strlen(from->text) : 0) + (from->key ? strlen(from->key) : 0);
	struct node *node;

	if (!spec_yaml_anchors_spend(anchors, bytes, mark))
		return NULL;
	node = node_create(from->kind, from->text);
	node->key = mem_strdup(from->key);
	node->line = from->line;
	node->column = from->column;
	node->key_line = from->key_line;
	node->key_column = from->key_column;
	for (size_t i = 0; i < from->count; i++) {
		struct node *child = spec_yaml_anchors_clone(anchors, from->items[i], mark);

		if (!child) {
			node_destroy(node);
			return NULL;
		}
		node_add(node, child);
	}
	return node;
}

bool spec_yaml_anchors_add(struct spec_yaml_anchors *anchors, const char *name,
			   const struct node *node, const yaml_mark_t *mark)
{
	_cleanup_(mem_freep) char *text = NULL;

	if (!name)
		return true;
	if (anchors->count == SPEC_YAML_ANCHORS_MAX) {
		text = mem_printf("more than %d anchors", SPEC_YAML_ANCHORS_MAX);
		return spec_yaml_text_complain(anchors->text, mark, text);
	}
	anchors->items = mem_resize(anchors->items, anchors->count + 1, sizeof(*anchors->items));
	anchors->items[anchors->count++] =
		(struct spec_yaml_anchor){.name = mem_strdup(name), .node = node, .open = true};
	return true;
}

void spec_yaml_anchors_close(struct spec_yaml_anchors *anchors, const struct node *node)
{
	for (size_t i = anchors->count; i-- > 0;) {
		if (anchors->items[i].node != node)
			continue;
		anchors->items[i].open = false;
		return;
	}
}

struct node *spec_yaml_anchors_resolve(struct spec_yaml_anchors *anchors, const char *name,
				       const yaml_mark_t *mark)
{
	const struct spec_yaml_anchor *found = NULL;
	_cleanup_(mem_freep) char *text = NULL;
	struct node *node;

	for (size_t i = anchors->count; i-- > 0 && !found;)
		if (strcmp(anchors->items[i].name, name) == 0)
			found = &anchors->items[i];
	if (!found || found->open) {
		text = mem_printf(found ? "'*%.40s' stands inside of what it stands for"
					: "nothing is called '&%.40s' above",
				  name);
		spec_yaml_text_complain(anchors->text, mark, text);
		return NULL;
	}
	node = spec_yaml_anchors_clone(anchors, found->node, mark);
	if (node) {
		free(node->key);
		node->key = NULL;
	}
	return node;
}
