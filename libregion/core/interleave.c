/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ordering and choosing are the same walk down the ports: at a port, the memdevs at hand fall into groups,
 * one for each downstream port; each group orders its share by the same walk; then the shares are dealt
 * out round robin. Choosing only differs in that a group may have more memdevs than it must give.
 */
#include "interleave.h"

#include <string.h>

/* The targets that the kernel programs into a decoder below a root. */
#define PORT_TARGETS_MAX 8

struct group {
	int memdevs[INTERLEAVE_CANDIDATES_MAX];
	size_t n;
};

/* The dport of a port through which a memdev is reached, SNAPSHOT_NONE if it is not; and the port behind it. */
static int dport_towards(const struct snapshot *snapshot, int port, int memdev, int *ret_below)
{
	int path[SNAPSHOT_DEPTH_MAX];
	size_t n = snapshot_path(snapshot, snapshot->memdevs[memdev].endpoint, path);

	for (size_t i = 1; i < n; i++) {
		if (path[i] != port)
			continue;
		*ret_below = path[i - 1];
		return snapshot->ports[path[i - 1]].parent_dport;
	}
	return SNAPSHOT_NONE;
}

bool interleave_reaches(const struct snapshot *snapshot, const struct decoder *root, int memdev)
{
	int endpoint = snapshot->memdevs[memdev].endpoint;

	return endpoint != SNAPSHOT_NONE && snapshot_decoder_reaches_port(snapshot, root, endpoint);
}

static bool share(const struct snapshot *snapshot, int port, const struct group *group, unsigned int wanted,
		  struct target_order *ret_order);

/* Takes from the memdevs at hand those behind one dport. */
static void group_behind(const struct snapshot *snapshot, int port, int dport, const struct group *all,
			 struct group *ret_group, int *ret_below)
{
	ret_group->n = 0;
	for (size_t i = 0; i < all->n; i++) {
		int below;

		if (dport_towards(snapshot, port, all->memdevs[i], &below) != dport)
			continue;
		ret_group->memdevs[ret_group->n++] = all->memdevs[i];
		*ret_below = below;
	}
}

/* Deals the share of one dport out to its positions: first, first + step, ... */
static bool deal(const struct snapshot *snapshot, int port, int dport, const struct group *all, unsigned int first,
		 unsigned int step, unsigned int wanted, struct target_order *order)
{
	struct target_order below_order;
	struct group group;
	int below = SNAPSHOT_NONE;

	group_behind(snapshot, port, dport, all, &group, &below);
	if (below == SNAPSHOT_NONE || !share(snapshot, below, &group, wanted, &below_order))
		return false;
	for (unsigned int i = 0; i < wanted; i++)
		order->memdevs[first + i * step] = below_order.memdevs[i];
	return true;
}

/* The dports that the memdevs at hand lie behind, in order of first appearance. */
static size_t list_dports(const struct snapshot *snapshot, int port, const struct group *group, int *dports)
{
	size_t n = 0;

	for (size_t i = 0; i < group->n; i++) {
		int below, dport = dport_towards(snapshot, port, group->memdevs[i], &below);
		bool known = dport == SNAPSHOT_NONE;

		for (size_t k = 0; k < n && !known; k++)
			known = dports[k] == dport;
		if (!known)
			dports[n++] = dport;
	}
	return n;
}

/* Can the wanted positions be spread evenly over so many dports? Those that cannot give their share are passed over. */
static bool share_among(const struct snapshot *snapshot, int port, const struct group *group, const int *dports,
			size_t n_dports, unsigned int used, unsigned int wanted, struct target_order *order)
{
	unsigned int dealt = 0;

	for (size_t i = 0; i < n_dports && dealt < used; i++)
		if (deal(snapshot, port, dports[i], group, dealt, used, wanted / used, order))
			dealt++;
	order->n = wanted;
	return dealt == used;
}

/* Gives the wanted number of positions to memdevs at or below a port. */
static bool share(const struct snapshot *snapshot, int port, const struct group *group, unsigned int wanted,
		  struct target_order *ret_order)
{
	int dports[INTERLEAVE_CANDIDATES_MAX];
	size_t n_dports;

	if (group->n < wanted)
		return false;
	if (snapshot->ports[port].kind == PORT_ENDPOINT) {
		*ret_order = (struct target_order){ .memdevs = { group->memdevs[0] }, .n = 1 };
		return wanted == 1;
	}
	n_dports = list_dports(snapshot, port, group, dports);
	/* A bridge or switch decodes to 8, 4, 2 ports or one. */
	for (unsigned int used = PORT_TARGETS_MAX; used > 0; used /= 2)
		if (wanted % used == 0 && used <= n_dports &&
		    share_among(snapshot, port, group, dports, n_dports, used, wanted, ret_order))
			return true;
	return false;
}

/* At the root the decoder's own target list says which bridge serves which position. */
static bool share_root(const struct snapshot *snapshot, const struct decoder *root, const struct group *group,
		       unsigned int ways, struct target_order *ret_order)
{
	const struct port *port = &snapshot->ports[root->port];
	struct target_order order = { .n = ways };
	unsigned int step = (unsigned int)root->n_targets;

	if (step == 0 || ways % step != 0)
		return false;
	for (unsigned int i = 0; i < step; i++) {
		int dport = snapshot_find_dport(port, root->targets[i]);

		if (dport == SNAPSHOT_NONE || !deal(snapshot, root->port, dport, group, i, step, ways / step, &order))
			return false;
	}
	*ret_order = order;
	return true;
}

bool interleave_order(const struct snapshot *snapshot, const struct decoder *root, const struct target_order *chosen,
		      struct target_order *ret_order)
{
	struct group group = { .n = chosen->n };

	memcpy(group.memdevs, chosen->memdevs, chosen->n * sizeof(*group.memdevs));
	return share_root(snapshot, root, &group, chosen->n, ret_order);
}

bool interleave_select(const struct snapshot *snapshot, const struct decoder *root, const int *candidates,
		       size_t n_candidates, unsigned int ways, struct target_order *ret_order)
{
	struct group group = { 0 };

	for (size_t i = 0; i < n_candidates && group.n < INTERLEAVE_CANDIDATES_MAX; i++)
		if (interleave_reaches(snapshot, root, candidates[i]))
			group.memdevs[group.n++] = candidates[i];
	return share_root(snapshot, root, &group, ways, ret_order);
}
