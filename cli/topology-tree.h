/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXLCTL_TOPOLOGY_TREE_H
#define CXLCTL_TOPOLOGY_TREE_H

struct json_object;
struct tree_node;

/*
 * topology_tree_new() - a Topology as lines: below a root its windows with their regions, and its host bridges; below
 * those switches and endpoints with their memdevs and decoders. To be freed with tree_free().
 */
struct tree_node *topology_tree_new(struct json_object *topology);

#endif
