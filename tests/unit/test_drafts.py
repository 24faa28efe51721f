"""Drafts: which events are one event, and what the draft of them holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bizextract._drafts import (
    Draft,
    Filler,
    Reading,
    enough,
    filled_slots,
    keep_apart,
    merge,
    part,
    refuse,
    refuse_places,
    roles_of,
    spread_announcement,
    take_place,
)
from bizextract._frames import Assembly
from bizextract.errors import InputError
from bizextract.records import PartialDate, Partnership, Place, Record, Span

RULES = {
    "headquarters_opening": Assembly(
        needs=1, of=("company",), anchors=("company",), share=1, clash=("location",)
    ),
    "partnership": Assembly(needs=2, of=("partners",), anchors=("partners",), share=2),
    "investment": Assembly(
        needs=2, of=("investors", "target", "amount"), anchors=("investors", "target"), share=1,
        clash=("investors", "target", "amount", "stake"), proof=("amount",),
        apart=("investors", "target"), unite=("funding_round",),
    ),
}  # fmt: skip

LYON = ("place", "lyon", "FR", "Lyon")
FRANCE = ("place", "france", "FR", None)
PORTO = ("place", "porto", "PT", "Porto")


def usd(amount: int, *others: tuple[int, str]) -> tuple[Any, ...]:
    return ("money", (Decimal(amount), "USD"), *((Decimal(v), c) for v, c in others))


def draft(
    type_: str, start: int = 0, likely: float = 0.5, kind: str | None = None, **roles: Any
) -> Draft:
    """A draft of one event; a role's value is a key, or organisations as in ``"Alder Birch"``."""
    fillers = {}
    for role, given in roles.items():
        keys = [("org", name) for name in given.split()] if isinstance(given, str) else [given]
        fillers[role] = {key: Filler(key, key, start, start + 1, likely) for key in keys}
    votes = {"kind": {(kind, "rules"): 1.0}} if kind else {}
    return Draft(type_, [{"sent": [start, start + 9]}], fillers, votes, [likely])


def hq(start: int = 0, likely: float = 0.5, **roles: Any) -> Draft:
    return draft("headquarters_opening", start, likely, **roles)


def deal(start: int = 0, likely: float = 0.5, kind: str | None = None, **roles: Any) -> Draft:
    return draft("investment", start, likely, kind, **roles)


def pact(partners: str, start: int = 0, likely: float = 0.5, **roles: Any) -> Draft:
    return draft("partnership", start, likely, partners=partners, **roles)


def shown(found: Draft) -> dict[str, Any]:
    """A draft's roles, in the notation of `draft`; several keys that are no names as a list."""
    result: dict[str, Any] = {}
    for role, fillers in found.roles.items():
        keys = list(fillers)
        names = [key[1] for key in keys if key[0] == "org"]
        result[role] = " ".join(names) if names else keys if len(keys) > 1 else keys[0]
    return result


@pytest.mark.parametrize(
    ("singles", "merged"),
    [
        pytest.param(
            [pact("Alder Birch"), pact("Birch Alder", 10)],
            [{"partners": "Alder Birch"}],
            id="the same is said twice",
        ),
        pytest.param(
            [pact("Alder Birch"), pact("Alder Birch Cedar", 10)],
            [{"partners": "Alder Birch Cedar"}],
            id="a longer list adds a party",
        ),
        pytest.param(
            [pact("Alder Birch"), pact("Alder Cedar", 10)],
            [{"partners": "Alder Birch"}, {"partners": "Alder Cedar"}],
            id="one shared party makes no pact",
        ),
        pytest.param(
            [pact("Alder Birch Cedar", likely=0.9), pact("Alder Birch Dogwood", 10)],
            [{"partners": "Alder Birch Cedar"}],
            id="lists that each name somebody else share what they share",
        ),
        pytest.param(
            [pact("Alder Birch"), deal(10, investors="Alder", target="Birch")],
            [{"partners": "Alder Birch"}, {"investors": "Alder", "target": "Birch"}],
            id="types stay apart",
        ),
        pytest.param(
            [hq(company="Alder", location=LYON), hq(10, company="Alder", jobs=("int", 300))],
            [{"company": "Alder", "location": LYON, "jobs": ("int", 300)}],
            id="details are gathered",
        ),
        pytest.param(
            [hq(company="Alder", location=LYON), hq(10, company="Alder", location=PORTO)],
            [{"company": "Alder", "location": LYON}, {"company": "Alder", "location": PORTO}],
            id="places clash",
        ),
        pytest.param(
            [hq(company="Alder", location=FRANCE), hq(10, company="Alder", location=LYON)],
            [{"company": "Alder", "location": [FRANCE, LYON]}],
            id="a country and a city of it agree",
        ),
        pytest.param(
            [hq(company="Alder", location=FRANCE), hq(10, company="Alder", location=PORTO)],
            [{"company": "Alder", "location": FRANCE}, {"company": "Alder", "location": PORTO}],
            id="a country and a city elsewhere clash",
        ),
        pytest.param(
            [hq(company="Alder"), hq(10, company="Birch")],
            [{"company": "Alder"}, {"company": "Birch"}],
            id="nothing is shared",
        ),
        pytest.param(
            [
                deal(investors="Alder", target="Birch", amount=usd(100)),
                deal(10, investors="Alder", target="Birch", amount=usd(103)),
            ],
            [{"investors": "Alder", "target": "Birch", "amount": [usd(100), usd(103)]}],
            id="amounts within five percent agree",
        ),
        pytest.param(
            [
                deal(investors="Alder", target="Birch", amount=usd(100, (90, "EUR"))),
                deal(10, investors="Alder", target="Birch", amount=("money", (Decimal(90), "EUR"))),
            ],
            [
                {
                    "investors": "Alder",
                    "target": "Birch",
                    "amount": [usd(100, (90, "EUR")), ("money", (Decimal(90), "EUR"))],
                }
            ],
            id="an amount agrees with its restatement",
        ),
        pytest.param(
            [
                deal(investors="Alder", target="Birch", amount=usd(100)),
                deal(10, investors="Alder", target="Birch", amount=usd(200)),
            ],
            [
                {"investors": "Alder", "target": "Birch", "amount": usd(100)},
                {"investors": "Alder", "target": "Birch", "amount": usd(200)},
            ],
            id="amounts clash",
        ),
        pytest.param(
            [
                deal(investors="Alder", amount=usd(100)),
                deal(10, investors="Cedar", target="Birch", amount=usd(100)),
                deal(20, investors="Alder", target="Dogwood", amount=usd(100)),
            ],
            [
                {"investors": "Alder", "amount": usd(100), "target": "Dogwood"},
                {"investors": "Cedar", "target": "Birch", "amount": usd(100)},
            ],
            id="an amount alone is no anchor",
        ),
        pytest.param(
            [
                deal(investors="Alder", target="Birch", amount=usd(100)),
                deal(10, investors="Cedar", target="Birch", amount=usd(100)),
            ],
            [{"investors": "Alder Cedar", "target": "Birch", "amount": usd(100)}],
            id="an amount is proof against a clash",
        ),
        pytest.param(
            [
                deal(kind="funding_round", investors="Alder", target="Birch"),
                deal(10, kind="funding_round", investors="Cedar", target="Birch"),
            ],
            [{"investors": "Alder Cedar", "target": "Birch"}],
            id="a round unites its investors",
        ),
        pytest.param(
            [
                deal(kind="stake", investors="Alder", target="Birch"),
                deal(10, kind="stake", investors="Cedar", target="Birch"),
            ],
            [{"investors": "Alder", "target": "Birch"}, {"investors": "Cedar", "target": "Birch"}],
            id="stakes do not",
        ),
        pytest.param(
            [deal(investors="Alder", target="Birch"), deal(10, target="Birch")],
            [{"investors": "Alder", "target": "Birch"}],
            id="a thin draft attaches to one that it fits",
        ),
        pytest.param(
            [deal(investors="Alder", target="Birch"), deal(10, location=LYON)],
            [{"investors": "Alder", "target": "Birch", "location": LYON}],
            id="so does one without names",
        ),
        pytest.param(
            [
                deal(investors="Alder", target="Birch"),
                deal(20, investors="Cedar", target="Dogwood"),
                deal(24, location=LYON),
            ],
            [
                {"investors": "Alder", "target": "Birch"},
                {"investors": "Cedar", "target": "Dogwood", "location": LYON},
            ],
            id="the nearest gets it",
        ),
        pytest.param(
            [deal(investors="Alder", target="Birch"), deal(10, target="Cedar")],
            [{"investors": "Alder", "target": "Birch"}],
            id="a thin draft that fits none is lost",
        ),
        pytest.param([pact("Alder")], [], id="one partner is no pact"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_merge(singles: list[Draft], merged: list[dict[str, Any]]) -> None:
    assert [shown(d) for d in merge(singles, RULES)] == merged


def test_drafts_come_in_order_of_appearance() -> None:
    late, early = pact("Alder Birch", 20, likely=0.9), pact("Cedar Dogwood", 0, likely=0.1)
    assert merge([late, early], RULES) == [early, late]


def test_the_likeliest_decides_what_contradicts() -> None:
    unlikely = hq(0, 0.1, company="Alder", location=PORTO)
    likely = hq(10, 0.9, company="Alder", location=LYON)
    third = hq(20, 0.5, company="Alder", location=FRANCE)
    assert [shown(d)["location"] for d in merge([unlikely, third, likely], RULES)] == [
        PORTO,
        [LYON, FRANCE],
    ]


def test_what_is_joined_is_counted() -> None:
    one, other = pact("Alder Birch", likely=0.9), pact("Alder Birch", 10, likely=0.4)
    key = ("org", "Alder")
    one.roles["partners"][key].scores = {"rules": 0.9}
    other.roles["partners"][key].scores = {"rules": 0.4, "reader": 0.6}
    one.votes["status"] = {("planned", "rules"): 0.5}
    other.votes["status"] = {("planned", "rules"): 0.25, ("completed", "reader"): 0.25}
    (whole,) = merge([one, other], RULES)
    filler = whole.roles["partners"][key]
    assert (filler.times, filler.score) == (2, 0.9)
    assert filler.scores == {"rules": 0.9, "reader": 0.6}
    assert whole.votes["status"] == {("planned", "rules"): 0.75, ("completed", "reader"): 0.25}
    assert whole.likely == [0.9, 0.4]
    assert [e["sent"] for e in whole.events] == [[0, 9], [10, 19]]


def test_thin_drafts_make_one_together() -> None:
    needy = RULES["investment"].model_copy(update={"needs": 3})
    thin = [deal(investors="Alder", target="Birch"), deal(10, target="Birch", amount=usd(100))]
    (whole,) = merge(thin, RULES | {"investment": needy})
    assert shown(whole) == {"investors": "Alder", "target": "Birch", "amount": usd(100)}
    assert len(whole.events) == 2


@pytest.mark.parametrize(
    ("found", "type_", "is_enough"),
    [
        (hq(company="Alder"), "headquarters_opening", True),
        (hq(location=LYON), "headquarters_opening", False),
        (pact("Alder Birch"), "partnership", True),
        (pact("Alder"), "partnership", False),
        (deal(investors="Alder", amount=usd(1)), "investment", True),
        (deal(investors="Alder Birch"), "investment", False),
        (deal(location=LYON, stake=("float", 5.0)), "investment", False),
    ],
)
def test_enough(found: Draft, type_: str, is_enough: bool) -> None:
    assert enough(found, RULES[type_]) is is_enough


def day(value: str, score: float = 0.5, times: int = 1, start: int = 0) -> dict[Any, Filler]:
    date = PartialDate(text="then", start=start, end=start + 4, value=value)
    return {("date", value): Filler(("date", value), date, start, start + 4, score, {}, times)}


def announced(*days: dict[Any, Filler] | None) -> list[Draft]:
    found = [pact("Alder Birch", 10 * i) for i, _ in enumerate(days)]
    for one, given in zip(found, days, strict=True):
        one.roles["announced"] = given or {}
    return found


@pytest.mark.parametrize(
    ("days", "spread"),
    [
        ([day("2017-08-19"), None], ["2017-08-19", "2017-08-19"]),
        ([None, day("2017-08-19")], ["2017-08-19", "2017-08-19"]),
        ([day("2017-08-19"), day("2017-08-01"), None], ["2017-08-19", "2017-08-01", "2017-08-19"]),
        ([day("2017-08-19", 0.2), day("2017-08-01", 0.9), None],
         ["2017-08-19", "2017-08-01", "2017-08-01"]),
        ([day("2017-08-19"), day("2017-08-01", times=2), None],
         ["2017-08-19", "2017-08-01", "2017-08-01"]),
        ([day("2017-08"), None], ["2017-08", None]),
        ([None, None], [None, None]),
    ],
    ids=["forward", "back", "the first", "the likelier", "the more frequent", "a month", "none"],
)  # fmt: skip
def test_a_day_of_announcement_spreads(
    days: list[dict[Any, Filler] | None], spread: list[str | None]
) -> None:
    found = announced(*days)
    spread_announcement(found)
    best = [d.best("announced") for d in found]
    assert [b.value.value if b else None for b in best] == spread
    own = [bool(given) for given in days]
    assert [b is None or "main" not in b.scores for b in best] == [
        mine or value is None for mine, value in zip(own, spread, strict=True)
    ]


def test_what_spreads_is_a_copy() -> None:
    found = announced(day("2017-08-19"), None, None)
    spread_announcement(found)
    fillers = [d.roles["announced"]["date", "2017-08-19"] for d in found]
    assert len({id(f) for f in fillers}) == 3


@pytest.mark.parametrize(
    ("scores", "left"),
    [
        ((0.9, 0.2), {"investors": ["Alder", "Cedar"], "target": []}),
        ((0.2, 0.9), {"investors": ["Cedar"], "target": ["Alder"]}),
        ((0.5, 0.5), {"investors": ["Cedar"], "target": ["Alder"]}),
    ],
    ids=["investor", "target", "equal"],
)
def test_part(scores: tuple[float, float], left: dict[str, list[str]]) -> None:
    found = deal(investors="Alder Cedar", target="Alder")
    for role, score in zip(("investors", "target"), scores, strict=True):
        found.roles[role]["org", "Alder"].score = score
    part(found, ("investors", "target"))
    assert {role: [name for _, name in found.roles[role]] for role in left} == left


def test_best_is_the_likeliest_then_the_most_frequent_then_the_first() -> None:
    found = pact("Alder Birch Cedar")
    alder, birch, cedar = found.roles["partners"].values()
    birch.start, cedar.start = 5, 9
    assert found.best("partners") is alder
    birch.times = 2
    assert found.best("partners") is birch
    cedar.score = 0.6
    assert found.best("partners") is cedar
    assert found.best("source") is None


def test_a_source_s_votes_weigh_what_it_is_trusted() -> None:
    found = pact("Alder Birch")
    assert found.choice("status") is None
    found.votes["status"] = {("planned", "rules"): 0.6, ("completed", "reader"): 0.5}
    assert found.choice("status") == "planned"
    found.trust = {"status.reader": 2.0}
    assert found.choice("status") == "completed"


def test_closed_choices_are_not_filled_by_words() -> None:
    assert list(filled_slots(Partnership)) == ["partners", "fields", "date", "announced", "source"]


@pytest.mark.parametrize(
    ("kind", "left"), [("joint_venture", "Alder Birch"), ("collaboration", "Alder Birch Norwold")]
)
def test_a_joint_venture_is_no_partner_in_itself(kind: str, left: str) -> None:
    one = pact("Alder Birch Norwold", kind=kind)
    one.refused.add(("partners", ("org", "Norwold"), "joint_venture"))
    refuse(one)
    assert shown(one) == {"partners": left}


def test_what_one_sentence_was_dealt_out_to_stays_apart() -> None:
    one = draft("investment", investors="Alder", target="Rowan", amount=usd(5))
    other = draft("investment", investors="Birch", target="Rowan", amount=usd(5))
    assert len(merge([one, other], RULES)) == 1
    one = draft("investment", investors="Alder", target="Rowan", amount=usd(5))
    other.events = one.events
    assert len(merge([one, other], RULES)) == 2


def test_what_is_refused_in_any_kind_is_left_out() -> None:
    one = pact("Alder Birch Norwold", kind="memorandum")
    one.refused.add(("partners", ("org", "Norwold"), None))
    refuse(one)
    assert shown(one) == {"partners": "Alder Birch"}


def placed(kind: str, country: str | None, **roles: Any) -> Draft:
    one = draft("investment", kind=kind, investors="Alder", **roles)
    at = Place(text="Lyon", start=0, end=4, name="Lyon", country=country)
    one.roles["target"] = {LYON: Filler(LYON, at, 0, 4, 0.5)}
    return one


@pytest.mark.parametrize(
    ("kind", "country", "stays"),
    [("stake", "FR", False), ("stake", None, True), ("project", "FR", True)],
)
def test_no_town_is_the_target_of_a_stake(kind: str, country: str | None, stays: bool) -> None:
    one = placed(kind, country)
    refuse_places(one, {"target": ["stake"]})
    assert bool(one.roles["target"]) is stays


def test_where_the_target_is_a_place_the_money_is_spent_there() -> None:
    one, other = placed("project", "FR"), placed("project", "FR", location=PORTO)
    for d in (one, other, unknown := placed("project", None)):
        take_place(d, {"location": "target"}, {})
    assert list(one.roles["location"]) == [LYON]
    assert list(other.roles["location"]) == [PORTO]
    assert not unknown.roles.get("location")


@pytest.mark.parametrize(("kind", "stays"), [("stake", False), ("project", True)])
def test_a_company_that_looks_like_a_place_is_not_where_its_stake_is_bought(
    kind: str, stays: bool
) -> None:
    one = placed(kind, None, location=PORTO)
    where = one.roles["location"][PORTO]
    where.start = one.roles["target"][LYON].start
    take_place(one, {"location": "target"}, {"target": ["stake"]})
    assert bool(one.roles["location"]) is stays


def test_the_place_within_the_likeliest_is_the_value() -> None:
    one = hq(company="Alder", location=FRANCE)
    one.roles["location"][LYON] = Filler(LYON, LYON, 5, 6, 0.2)
    one.roles["location"][PORTO] = Filler(PORTO, PORTO, 7, 8, 0.4)
    best = one.best("location")
    assert best is not None
    assert best.key == LYON


def test_a_role_that_no_words_are_read_as_is_refused() -> None:
    class Odd(Record):
        sealed: bool = False

    with pytest.raises(InputError, match=r"Odd\.sealed: no words are read as 'bool'; a role is an"):
        filled_slots(Odd)


def test_a_type_without_a_class_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown record type 'takeover'; known: "):
        roles_of(Draft("takeover", [], {}, {}))


@pytest.mark.parametrize(
    ("tokens", "words"), [((0, 2), "Acme"), ((1, 4), "Acme\n grew"), ((4, 6), ".")]
)
def test_a_span_leaves_out_space_at_its_ends(tokens: tuple[int, int], words: str) -> None:
    text = "\nAcme\n grew. "
    offsets = [(0, 1), (1, 5), (5, 7), (7, 11), (11, 12), (12, 13)]
    start, end = Reading(text, offsets, [(0, 6)], [], [], []).span(*tokens)
    assert text[start:end] == words


def test_of_phrases_that_overlap_the_likeliest_is_kept() -> None:
    def phrase(text: str, start: int, score: float) -> Filler:
        end = start + len(text)
        return Filler(("span", text), Span(text=text, start=start, end=end), start, end, score)

    fields = [phrase("training", 0, 0.4), phrase("training for pilots", 0, 0.6)]
    fields.append(phrase("repairs", 30, 0.2))
    draft = Draft("partnership", [], {"fields": {f.key: f for f in fields}}, {})
    keep_apart(draft)
    assert [f.value.text for f in draft.roles["fields"].values()] == [
        "training for pilots",
        "repairs",
    ]
