#include "shared/spec/spec_yaml_map.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/mem.h"
#include "shared/option/node.h"

/* All keys that could be in the map, the map's own first: sorted by name, the lowest rank of a name
 * wins. */
struct candidate {
	struct node *node;
	size_t rank;
	bool own;
};

struct candidates {
	struct candidate *items;
	size_t count, cap;
};

static void add(struct candidates *all, struct node *node, bool own)
{
	if (all->count == all->cap) {
		all->cap = all->cap ? all->cap * 2 : 16;
		all->items = mem_resize(all->items, all->cap, sizeof(*all->items));
	}
	all->items[all->count] = (struct candidate){.node = node, .rank = all->count, .own = own};
	all->count++;
}

static int by_name(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = strcmp(x->node->key, y->node->key);

	return order ? order : (x->rank > y->rank) - (x->rank < y->rank);
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

static bool add_merged(struct spec_yaml_map_merge *merge, struct candidates *all,
		       const struct node *value)
{
	if (value->kind == NODE_MAP) {
		for (size_t i = 0; i < value->count; i++)
			add(all, value->items[i], false);
		return true;
	}
	diagnostics_add(merge->diags, DIAGNOSTIC_ERROR, merge->file, value->line, value->column,
			NULL, "'<<' takes a map, or a list of maps");
	return false;
}

static bool collect(struct spec_yaml_map_merge *merge, struct candidates *all)
{
	for (size_t i = 0; i < merge->map->count; i++)
		add(all, merge->map->items[i], true);
	for (size_t i = 0; i < merge->merges->count; i++) {
		const struct node *value = merge->merges->items[i];

		if (value->kind != NODE_LIST) {
			if (!add_merged(merge, all, value))
				return false;
			continue;
		}
		for (size_t k = 0; k < value->count; k++)
			if (!add_merged(merge, all, value->items[k]))
				return false;
	}
	return true;
}

/* It stays alive among the merged ones: an anchor may lie in it. */
static void drop_own(struct spec_yaml_map_merge *merge, const struct node *first,
		     struct node *again)
{
	diagnostics_add(merge->diags, DIAGNOSTIC_ERROR, merge->file, again->key_line,
			again->key_column, NULL, "'%.60s' is given twice; the first is in line %d",
			again->key, first->key_line);
	node_add(merge->merges, again);
}

/* Keep the first of each name, complain about own ones that come again. */
static void keep_first(struct spec_yaml_map_merge *merge, struct candidates *all)
{
	size_t kept = 0;

	qsort(all->items, all->count, sizeof(*all->items), by_name);
	for (size_t i = 0; i < all->count; i++) {
		const struct candidate *item = &all->items[i];

		if (!kept || strcmp(all->items[kept - 1].node->key, item->node->key) != 0)
			all->items[kept++] = *item;
		else if (item->own)
			drop_own(merge, all->items[kept - 1].node, item->node);
	}
	all->count = kept;
}

bool spec_yaml_map_finish(struct spec_yaml_map_merge *merge)
{
	struct candidates all = {};
	bool good = collect(merge, &all);

	if (good && all.count) {
		keep_first(merge, &all);
		qsort(all.items, all.count, sizeof(*all.items), by_rank);
		merge->take = mem_resize(NULL, all.count, sizeof(*merge->take));
		merge->map->count = 0;
		for (size_t i = 0; i < all.count; i++) {
			if (all.items[i].own)
				merge->map->items[merge->map->count++] = all.items[i].node;
			else
				merge->take[merge->take_count++] = all.items[i].node;
		}
	}
	free(all.items);
	return good;
}
