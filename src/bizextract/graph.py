"""Results as a graph: organisations and places, joined by the records that name them.

Example:
    >>> from bizextract.records import HeadquartersOpening, Organization, Place
    >>> acme = Organization(text="Acme", start=0, end=4, name="Acme Inc.")
    >>> lyon = Place(text="Lyon", start=26, end=30, name="Lyon", city="Lyon", country="FR")
    >>> record = HeadquartersOpening(company=acme, location=lyon)
    >>> graph = to_graph([Result(id="a", records=(record,))])
    >>> [(graph.nodes[u]["name"], edge["type"], graph.nodes[v]["name"])
    ...  for u, v, edge in graph.edges(data=True)]
    [('Acme Inc.', 'headquarters_opening', 'Lyon')]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel

from bizextract._matching import key_of, level
from bizextract._merge import Event
from bizextract.errors import extra
from bizextract.records import Money, Organization, Place, Record, Result, each_result

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["to_graph"]

_Filler: TypeAlias = tuple[str, str]
"""A role, and the node that fills it."""


def to_graph(results: Iterable[Result | Event]) -> nx.MultiDiGraph:
    """Give a networkx graph of organisations and places, with the records as edges.

    Names of organisations are joined over documents where they differ only in case, accents,
    punctuation and legal suffixes; places where city, region and country are the same. Give it
    what `merge` gave, and an event that several documents tell of is there once.

    Edges go from those who act to what they act upon: from the company to the places of its
    headquarters, from investors to target and location. Partners are joined pairwise, in the order
    in which they are named; ``graph.to_undirected()`` forgets directions. A record that names one
    alone has no edge; its node is there.

    - A node has ``kind`` (``organization`` or ``place``), ``name``, ``documents`` (how many name
      it), and where they are known ``ticker``, ``city``, ``region`` and ``country``. It is called
      by a key that is the same for all ways to write it.
    - An edge has ``type``, ``status``, ``source_role`` and ``target_role`` (the roles at its ends),
      ``documents`` (how many tell of it), and where they are known ``date``, ``amount`` (a float)
      with ``currency``, ``document`` (the first one's id), ``confidence`` and the record's plain
      values, such as ``kind``, ``scope``, ``jobs``, ``round`` and ``stake``.

    All are texts and numbers, so that ``networkx.write_graphml`` takes them; what is not known is
    not there.

    Args:
        results: What `extract_many`, `read_jsonl` or `merge` gave.

    Returns:
        A ``networkx.MultiDiGraph``.

    Raises:
        InputError: What came in are no results.
        ExtraError: networkx is not installed.

    Example:
        >>> to_graph([]).number_of_nodes()
        0
    """
    with extra("graph"):
        import networkx as nx
    graph = nx.MultiDiGraph()
    named: dict[str, set[Any]] = {}
    for record, documents in _records(results):
        nodes: dict[str, dict[str, str]] = {}
        fillers: list[_Filler] = []
        for role, value in record.values():
            if isinstance(value, Organization | Place) and role not in Record.model_fields:
                node, what = _node(value)
                fillers.append((role, node))
                nodes[node] = what
        for node, what in nodes.items():
            known = graph.nodes.get(node, {})
            name = max(known.get("name", ""), what["name"], key=len)
            named.setdefault(node, set()).update(number for number, _ in documents)
            graph.add_node(node, **{**what, **known, "name": name, "documents": len(named[node])})
        for (role, node), (other_role, other) in _ends(fillers):
            graph.add_edge(
                node, other, **_edge(record, documents), source_role=role, target_role=other_role
            )
    return graph


def _records(
    items: Iterable[Result | Event],
) -> Iterator[tuple[Record, list[tuple[int, str | None]]]]:
    """Give each record with the numbers and ids of the documents that tell of it."""
    if isinstance(items, BaseModel) or not isinstance(items, Iterable):
        items = each_result(items)  # which refuses them
    for number, item in enumerate(items):
        if isinstance(item, Event):
            yield item.record, [(s.document_number, s.document) for s in item.sources]
            continue
        for result in each_result([item]):
            for record in result.records:
                yield record, [(number, result.id)]


def _node(value: Organization | Place) -> tuple[str, dict[str, str]]:
    """A node's key, and what it is."""
    if isinstance(value, Organization):
        what = {"kind": "organization", "name": value.name, "ticker": value.ticker}
        return f"organization:{key_of(value.name)}", _known(what)
    parts: list[str | None]
    match level(value):
        case "country" if value.country:
            name, parts = _country(value), [value.country]
        case "region":
            name = value.region or value.name
            parts = [name, value.country]
        case _:
            name = value.city or value.name
            parts = [name, value.region, value.country]
    key = ", ".join(part.casefold().removeprefix("the ") for part in parts if part)
    what = {"city": value.city, "region": value.region, "country": value.country}
    return f"place:{key}", _known({"kind": "place", "name": name, **what})


def _country(value: Place) -> str:
    """A country's usual name, which "the U.S." and "southern Germany" have in common."""
    import pycountry

    known = pycountry.countries.get(alpha_2=value.country)
    return str(getattr(known, "common_name", known.name)) if known else value.name


def _known(values: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _ends(fillers: list[_Filler]) -> Iterable[tuple[_Filler, _Filler]]:
    """The pairs that a record joins: the first role's with all others', or its own with each other.

    Roles are in the order of the record's fields, where those who act come first; a record that
    names no organisation joins nothing.
    """
    first = next((role for role, node in fillers if node.startswith("organization:")), None)
    heads = [filler for filler in fillers if filler[0] == first]
    others = [filler for filler in fillers if filler[0] != first]
    if not others:
        return combinations(heads, 2)
    return ((head, other) for head, other in product(heads, others) if head[1] != other[1])


def _edge(record: Record, documents: list[tuple[int, str | None]]) -> dict[str, Any]:
    values = dict(record.values())
    plain = {role: value for role, value in values.items() if isinstance(value, str | int | float)}
    money = next((value for value in values.values() if isinstance(value, Money)), None)
    known = {
        "date": record.date.value if record.date else None,
        "amount": float(money.value) if money else None,
        "currency": money.currency if money else None,
        "document": next((name for _, name in documents if name is not None), None),
        "confidence": record.confidence,
    }
    there = {name: value for name, value in known.items() if value is not None}
    return {**plain, **there, "type": record.type, "documents": len(documents)}
