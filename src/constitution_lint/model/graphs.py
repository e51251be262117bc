"""For models of imports: which nodes of a directed graph can all reach one another."""

from collections.abc import Mapping, Sequence


def components(edges: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """The strongly connected components of more than one node, each sorted, in sorted order.

    Tarjan's algorithm (Depth-first search and linear graph algorithms, 1972) with a stack of its own, since chains of
    imports may be longer than the interpreter's.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_nodes: list[str] = []
    found: list[tuple[str, ...]] = []
    for root in sorted(edges):
        if root in index:
            continue
        work = [(root, iter(edges.get(root, ())))]
        index[root] = low[root] = len(index)
        open_nodes.append(root)
        while work:
            node, targets = work[-1]
            target = next(targets, None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = open_nodes.index(node)
                    found.append(tuple(sorted(open_nodes[cut:])))
                    del open_nodes[cut:]
            elif target not in index:
                index[target] = low[target] = len(index)
                open_nodes.append(target)
                work.append((target, iter(edges.get(target, ()))))
            elif target in open_nodes:
                low[node] = min(low[node], index[target])
    return sorted(component for component in found if len(component) > 1)
