"""The graph: who is a node, which nodes are one, what is an edge and what it says."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import networkx as nx
import pytest

import bizextract as bx
from bizextract.records import Record


def span(text: str) -> dict[str, Any]:
    return {"text": text, "start": 0, "end": len(text)}


def organization(name: str, ticker: str | None = None) -> bx.Organization:
    return bx.Organization(**span(name), name=name, ticker=ticker)


def place(name: str, country: str | None = None, **more: str) -> bx.Place:
    return bx.Place(**span(name), name=name, country=country, **more)


LYON = place("Lyon", "FR", city="Lyon", region="Auvergne-Rhône-Alpes")
OPENING = bx.HeadquartersOpening(
    company=organization("Norfield"),
    location=LYON,
    origin=place("Paris", "FR", city="Paris"),
    source=organization("The Daily Harbour"),
    scope="regional",
    jobs=300,
    date=bx.PartialDate(**span("2018"), value="2018"),
    status="planned",
    confidence=0.8,
)
INVESTMENT = bx.Investment(
    investors=(organization("NORFIELD Inc.", "NYSE: NFD"), organization("Larch Capital")),
    target=organization("Quellen"),
    location=place("lyon", "FR", city="Lyon", region="Auvergne-Rhône-Alpes"),
    amount=bx.Money(**span("$12m"), value=Decimal(12_000_000), currency="USD"),
)
PARTNERSHIP = bx.Partnership(
    partners=(organization("Quellen"), organization("Ferrow"), organization("Osk Cells"))
)


def edges(graph: nx.MultiDiGraph) -> list[tuple[str, str, str, str]]:
    return sorted(
        (graph.nodes[u]["name"], e["source_role"], e["target_role"], graph.nodes[v]["name"])
        for u, v, e in graph.edges(data=True)
    )


def test_records_are_edges() -> None:
    graph = bx.to_graph([bx.Result(id="a", records=(OPENING, INVESTMENT, PARTNERSHIP))])
    assert isinstance(graph, nx.MultiDiGraph)
    assert edges(graph) == [
        ("Ferrow", "partners", "partners", "Osk Cells"),
        ("Larch Capital", "investors", "location", "Lyon"),
        ("Larch Capital", "investors", "target", "Quellen"),
        ("NORFIELD Inc.", "company", "location", "Lyon"),
        ("NORFIELD Inc.", "company", "origin", "Paris"),
        ("NORFIELD Inc.", "investors", "location", "Lyon"),
        ("NORFIELD Inc.", "investors", "target", "Quellen"),
        ("Quellen", "partners", "partners", "Ferrow"),
        ("Quellen", "partners", "partners", "Osk Cells"),
    ]


def test_an_edge_says_what_the_record_does() -> None:
    graph = bx.to_graph([bx.Result(id="a", records=(OPENING, INVESTMENT))])
    told = {(e["type"], e["target_role"]): e for _, _, e in graph.edges(data=True)}
    assert told["headquarters_opening", "location"] == {
        "type": "headquarters_opening",
        "status": "planned",
        "scope": "regional",
        "jobs": 300,
        "date": "2018",
        "document": "a",
        "documents": 1,
        "confidence": 0.8,
        "source_role": "company",
        "target_role": "location",
    }
    assert told["investment", "target"] == {
        "type": "investment",
        "status": "completed",
        "kind": "project",
        "amount": 12_000_000.0,
        "currency": "USD",
        "document": "a",
        "documents": 1,
        "source_role": "investors",
        "target_role": "target",
    }


def test_nodes_are_joined_over_documents() -> None:
    graph = bx.to_graph(
        [bx.Result(id="a", records=(OPENING, OPENING)), bx.Result(id="b", records=(INVESTMENT,))]
    )
    by_name = {data["name"]: data for _, data in graph.nodes(data=True)}
    assert by_name["NORFIELD Inc."] == {
        "kind": "organization",
        "name": "NORFIELD Inc.",
        "ticker": "NYSE: NFD",
        "documents": 2,
    }
    assert by_name["Lyon"] == {
        "kind": "place",
        "name": "Lyon",
        "city": "Lyon",
        "region": "Auvergne-Rhône-Alpes",
        "country": "FR",
        "documents": 2,
    }
    assert sorted(by_name) == ["Larch Capital", "Lyon", "NORFIELD Inc.", "Paris", "Quellen"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (place("the U.S.", "US"), place("United States", "US"), True),
        (place("Germany"), place("Texas"), False),
        (place("Germany", "DE"), place("Georgia", "GE"), False),
        (place("Texas", "US", region="Texas"), place("east Texas", "US", region="Texas"), True),
        (place("Texas", "US", region="Texas"), place("U.S.", "US"), False),
        (
            place("Portland", "US", city="Portland", region="Oregon"),
            place("Portland", "US", city="Portland", region="Maine"),
            False,
        ),
        (place("Vexley Park"), place("vexley park"), True),
        (place("Vexley Park"), place("Harrowmere Park"), False),
        (place("Vexley Park", "GB"), place("UK", "GB"), False),
        (organization("Norfield"), organization("Norfield Group Ltd."), True),
        (organization("Norfield Foods"), organization("Norfield Energy"), False),
        (organization("Singapore"), place("Singapore", "SG", city="Singapore"), False),
    ],
)
def test_what_is_one_node(
    one: bx.Organization | bx.Place, other: bx.Organization | bx.Place, same: bool
) -> None:
    records = [bx.Investment(target=value) for value in (one, other)]
    graph = bx.to_graph([bx.Result(records=tuple(records))])
    assert graph.number_of_nodes() == (1 if same else 2)
    assert graph.number_of_edges() == 0


def test_a_country_has_its_usual_name() -> None:
    records = [bx.Investment(target=place(name, "US")) for name in ("the U.S.", "southern U.S.")]
    graph = bx.to_graph([bx.Result(records=tuple(records))])
    assert list(graph.nodes(data="name")) == [("place:us", "United States")]


def test_an_investment_without_investor_goes_from_its_target() -> None:
    record = INVESTMENT.model_copy(update={"investors": ()})
    assert edges(bx.to_graph([bx.Result(records=(record,))])) == [
        ("Quellen", "target", "location", "Lyon")
    ]


def test_places_alone_are_not_joined() -> None:
    record = OPENING.model_copy(update={"company": None})
    graph = bx.to_graph([bx.Result(records=(record,))])
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (2, 0)


def test_nothing_is_joined_to_itself() -> None:
    record = bx.Investment(investors=(organization("Quellen"),), target=organization("Quellen AG"))
    graph = bx.to_graph([bx.Result(records=(record,))])
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (1, 0)


def test_an_event_is_there_once() -> None:
    done = OPENING.model_copy(update={"status": "completed", "origin": None})
    results = [
        bx.Result(id="a", date="2017-01-01", records=(OPENING,)),
        bx.Result(id="b", date="2018-06-01", records=(done,)),
    ]
    assert bx.to_graph(results).number_of_edges() == 3
    graph = bx.to_graph(bx.merge(results))
    assert [(e["status"], e["document"], e["documents"]) for _, _, e in graph.edges(data=True)] == [
        ("completed", "a", 2)
    ] * 2
    assert {data["documents"] for _, data in graph.nodes(data=True)} == {2}


def test_a_type_of_ones_own() -> None:
    class Supply(Record):
        type: Literal["supply"] = "supply"
        supplier: bx.Organization | None = None
        buyer: bx.Organization | None = None
        exclusive: bool | None = None

    del Record._types["supply"]
    record = Supply(supplier=organization("Ferrow"), buyer=organization("Osk"), exclusive=True)
    graph = bx.to_graph([bx.Result(records=(record,))])
    ((_, _, edge),) = graph.edges(data=True)
    assert (edge["type"], edge["exclusive"]) == ("supply", True)
    assert edges(graph) == [("Ferrow", "supplier", "buyer", "Osk")]


def test_graphml_takes_it(tmp_path: Path) -> None:
    graph = bx.to_graph([bx.Result(id="a", records=(OPENING, INVESTMENT, PARTNERSHIP))])
    nx.write_graphml(graph, tmp_path / "g.graphml")
    again = nx.read_graphml(tmp_path / "g.graphml", force_multigraph=True)
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    assert edges(again) == edges(graph)


def test_nothing_gives_an_empty_graph() -> None:
    assert bx.to_graph([]).number_of_nodes() == 0
    assert bx.to_graph(iter([bx.Result(id="a")])).number_of_nodes() == 0


@pytest.mark.parametrize("wrong", [bx.Result(), None, [1], "results.jsonl"])
def test_what_are_no_results_is_refused(wrong: Any) -> None:
    with pytest.raises(bx.InputError, match=r"given as a list|is no Result"):
        bx.to_graph(wrong)


def test_a_missing_library_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(bx.ExtraError, match=r"networkx; run: pip install 'bizextract\[graph\]'"):
        bx.to_graph([])
