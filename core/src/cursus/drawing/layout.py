"""Places for the nodes of a DAG: layers by longest path, few crossings, long edges routed around nodes.

After Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system structures (1981).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# A slot holds a node, (name, "", layer), or an edge that passes through the layer, (from, to, layer).
Slot: TypeAlias = tuple[str, str, int]
Order: TypeAlias = list[list[Slot]]
Edges: TypeAlias = "Iterable[tuple[str, str]]"

SWEEPS = 12
ROUNDS = 16
PASSING_SIZE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything goes: a layer and the distance across it, in the unit of the sizes given.

    `routes` has the points of each edge, its two nodes included; `breadth` is the extent across the layers.
    """

    layers: int
    breadth: float
    nodes: Mapping[str, tuple[int, float]]
    routes: Mapping[tuple[str, str], tuple[tuple[int, float], ...]]


def arrange(names: Sequence[str], edges: Edges, size: float, gap: float) -> Layout:
    """Arrange nodes that are `size` across and at least `gap` apart."""
    known = sorted({(a, b) for a, b in edges if a in set(names) and b in set(names)})
    layer_of = find_layers(names, known)
    chains = [_chain(edge, layer_of) for edge in known]
    order = _order(names, layer_of, chains)
    places = _across(order, chains, size, gap)
    first = min((places[s] - _size(s, size) / 2 for s in places), default=0.0)
    last = max((places[s] + _size(s, size) / 2 for s in places), default=0.0)
    return Layout(
        layers=len(order),
        breadth=last - first,
        nodes={name: (layer, places[name, "", layer] - first) for name, layer in layer_of.items()},
        routes={
            edge: tuple((slot[2], places[slot] - first) for slot in chain)
            for edge, chain in zip(known, chains, strict=True)
        },
    )


def find_layers(names: Sequence[str], edges: Edges) -> dict[str, int]:
    """Give each node the length of the longest path to it."""
    before: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        before[target].append(source)
    layers: dict[str, int] = {}
    for name in TopologicalSorter(before).static_order():
        layers[name] = max((layers[source] + 1 for source in before[name]), default=0)
    return layers


def count_crossings(order: Order, chains: Iterable[Sequence[Slot]]) -> int:
    """Count the pairs of links between neighbouring layers that cross."""
    place = {slot: index for layer in order for index, slot in enumerate(layer)}
    links: dict[int, list[tuple[int, int]]] = {}
    for chain in chains:
        for start, end in pairwise(chain):
            links.setdefault(start[2], []).append((place[start], place[end]))
    return sum(_inversions([end for _, end in sorted(pairs)]) for pairs in links.values())


def _inversions(values: Iterable[int]) -> int:
    seen: list[int] = []
    found = 0
    for value in values:
        found += len(seen) - bisect_right(seen, value)
        insort(seen, value)
    return found


def _chain(edge: tuple[str, str], layer_of: Mapping[str, int]) -> tuple[Slot, ...]:
    source, target = edge
    start, end = layer_of[source], layer_of[target]
    passing = [(source, target, layer) for layer in range(start + 1, end)]
    return ((source, "", start), *passing, (target, "", end))


def _order(
    names: Sequence[str], layer_of: Mapping[str, int], chains: Sequence[Sequence[Slot]]
) -> Order:
    """Sweep forth and back, each layer sorted by the mean place of its neighbours; keep the best."""
    order: Order = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for slot in dict.fromkeys(
        [(n, "", layer_of[n]) for n in names] + [s for c in chains for s in c]
    ):
        order[slot[2]].append(slot)
    best, fewest = [list(layer) for layer in order], count_crossings(order, chains)
    before, after = _neighbours(chains)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for layer in order if forward else reversed(order):
            _sort_layer(layer, before if forward else after, order)
        crossings = count_crossings(order, chains)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in order], crossings
    return best


def _neighbours(
    chains: Iterable[Sequence[Slot]],
) -> tuple[dict[Slot, list[Slot]], dict[Slot, list[Slot]]]:
    before: dict[Slot, list[Slot]] = {}
    after: dict[Slot, list[Slot]] = {}
    for chain in chains:
        for start, end in pairwise(chain):
            before.setdefault(end, []).append(start)
            after.setdefault(start, []).append(end)
    return before, after


def _sort_layer(layer: list[Slot], neighbours: Mapping[Slot, list[Slot]], order: Order) -> None:
    beside = {s[2] for slot in layer for s in neighbours.get(slot, ())}
    place = {slot: index for number in beside for index, slot in enumerate(order[number])}
    own = {slot: float(index) for index, slot in enumerate(layer)}
    for slot in layer:
        if slot in neighbours:
            own[slot] = sum(place[s] for s in neighbours[slot]) / len(neighbours[slot])
    layer.sort(key=own.__getitem__)


def _size(slot: Slot, size: float) -> float:
    return PASSING_SIZE if slot[1] else size


def _across(
    order: Order, chains: Sequence[Sequence[Slot]], size: float, gap: float
) -> dict[Slot, float]:
    """Move each slot towards the mean of its neighbours, order and distances kept."""
    before, after = _neighbours(chains)
    offsets = {id(layer): _offsets(layer, size, gap) for layer in order}
    places = {
        slot: at - offsets[id(layer)][-1] / 2
        for layer in order
        for slot, at in zip(layer, offsets[id(layer)], strict=True)
    }
    for turn in range(ROUNDS):
        forward = turn % 2 == 0
        near = before if forward else after
        for layer in order if forward else reversed(order):
            wanted = [_mean([places[s] for s in near.get(slot, [slot])]) for slot in layer]
            # An edge that passes counts more than a node: long edges become straight.
            weights = [(4.0 if slot[1] else 1.0) * len(near.get(slot, "-")) for slot in layer]
            found = _keep_distance(wanted, weights, offsets[id(layer)])
            places.update(zip(layer, found, strict=True))
    for layer in order:
        places.update(zip(layer, _straight(layer, chains, places, offsets[id(layer)]), strict=True))
    return places


def _straight(
    layer: Sequence[Slot],
    chains: Sequence[Sequence[Slot]],
    places: Mapping[Slot, float],
    offsets: Sequence[float],
) -> list[float]:
    """Bring what follows only one slot, and is all that follows it, level with it where there is room."""
    before, after = _neighbours(chains)
    alone = [len(before.get(s, ())) == 1 and len(after[before[s][0]]) == 1 for s in layer]
    wanted = [
        places[before[s][0]] if follows else places[s]
        for s, follows in zip(layer, alone, strict=True)
    ]
    return _keep_distance(wanted, [9.0 if follows else 1.0 for follows in alone], offsets)


def _offsets(layer: Sequence[Slot], size: float, gap: float) -> list[float]:
    """Give the least distance of each slot from the first."""
    found = [0.0]
    for one, next_one in pairwise(layer):
        found.append(found[-1] + (_size(one, size) + _size(next_one, size)) / 2 + gap)
    return found


def _keep_distance(
    wanted: Sequence[float], weights: Sequence[float], offsets: Sequence[float]
) -> list[float]:
    """Find the places nearest to the wanted ones by least squares (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        value, heavy, length = want - offset, weight, 1
        while pools and pools[-1][0] >= value:
            other, other_weight, other_length = pools.pop()
            value = (value * heavy + other * other_weight) / (heavy + other_weight)
            heavy, length = heavy + other_weight, length + other_length
        pools.append((value, heavy, length))
    flat = [value for value, _, length in pools for _ in range(length)]
    return [value + offset for value, offset in zip(flat, offsets, strict=True)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
