"""From the words of a role to values, on readings that are built by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bizextract._drafts import Draft, Filler, Reading, filled_slots
from bizextract._frames import Assembly
from bizextract._resolve import Resolver, place_key
from bizextract.records import Money, Organization, PartialDate, Partnership, Place, Span
from tagged import event, reading_of

RULES = {
    "headquarters_opening": Assembly(needs=1, of=("company",), anchors=("company",)),
    "investment": Assembly(needs=2, of=("investors", "target"), anchors=("investors", "target")),
    "partnership": Assembly(needs=2, of=("partners",), anchors=("partners",), share=2),
}


def draft(reading: Reading, type_: str = "investment", **roles: str) -> Draft:
    return Resolver(reading).draft(event(reading, type_, **roles), RULES[type_])


def filler(reading: Reading, type_: str = "investment", **role: str) -> Filler | None:
    """The one filler of one role, or None; it and its value point at their words."""
    fillers = draft(reading, type_, **role).roles.get(next(iter(role)), {})
    assert len(fillers) <= 1
    for one in fillers.values():
        assert reading.text[one.start : one.end].strip()
        if isinstance(one.value, Span):
            assert reading.text[one.value.start : one.value.end] == one.value.text
        return one
    return None


DEAL = reading_of(
    "[Alder Foods Ltd|ORG1] [(NYSE: AF)|TICKER] put money in [Birch|ORG2]. [The company|ORG1] "
    "likes [it|ORG2] and [Lyon|PLACE1]. [Ann Roe|PERSON1] left [the city|PLACE1]."
)


@pytest.mark.parametrize(
    ("words", "text", "name", "ticker"),
    [
        ("Alder Foods Ltd", "Alder Foods Ltd", "Alder Foods Ltd", "NYSE: AF"),
        ("Foods", "Alder Foods Ltd", "Alder Foods Ltd", "NYSE: AF"),
        ("The company", "The company", "Alder Foods Ltd", None),
        ("it", "it", "Birch", None),
        ("Ann Roe", "Ann Roe", "Ann Roe", None),
        ("Lyon", "Lyon", "Lyon", None),
    ],
    ids=["name", "part of a name", "nominal", "pronoun", "person", "a place that pays"],
)
def test_an_organisation(words: str, text: str, name: str, ticker: str | None) -> None:
    found = filler(DEAL, investors=words)
    assert found is not None
    assert isinstance(found.value, Organization)
    assert (found.value.text, found.value.name, found.value.ticker) == (text, name, ticker)


def test_a_name_counts_more_than_what_stands_for_it_and_than_a_person() -> None:
    scores = []
    for words in ("Alder Foods Ltd", "The company", "Ann Roe"):
        found = filler(DEAL, investors=words)
        assert found is not None
        scores.append(found.score)
    assert scores[0] == 0.8
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 3


def test_a_name_and_what_stands_for_it_are_one_value() -> None:
    found = filler(DEAL, investors="The company|Alder Foods Ltd")
    assert found is not None
    assert found.key == ("org", 0)
    assert found.value.text == "Alder Foods Ltd"


@pytest.mark.parametrize(
    ("words", "name", "aliases"),
    [
        ("the maker Tern Motor", "Tern Motor", ()),
        ("The Tern Motor group", "Tern Motor group", ()),
        ("maker", None, ()),
        ("2017", None, ()),
        ("3tern", "3tern", ()),
        ("20th", None, ()),
        ("Alder", "Alder Foods Ltd", ("AFL",)),
        ("AFL", "Alder Foods Ltd", ("AFL",)),
    ],
    ids=["name after a noun", "name after an article", "no name", "a year",
         "a number in a name", "a number", "short form", "acronym"],
)  # fmt: skip
def test_a_name_that_no_component_knew(
    words: str, name: str | None, aliases: tuple[str, ...]
) -> None:
    reading = reading_of(
        "In 2017 the maker Tern Motor left. The Tern Motor group grew. So did Alder, AFL to some. "
        "[Alder Foods Ltd|ORG1] is its name; [AFL|ORG1] for short. 3tern is in its 20th year."
    )
    found = filler(reading, investors=words)
    assert (found.value.name if found else None) == name
    assert (found.value.aliases if found else ()) == aliases


def test_the_last_of_two_names_in_a_role_counts() -> None:
    reading = reading_of("A plan by [Birch|ORG1] unit [Alder|ORG2] grew.")
    found = filler(reading, investors="Birch unit Alder")
    assert found is not None
    assert found.value.name == "Alder"


DUO = reading_of(
    "[Alder|ORG1] and [Birch|ORG2] met [Cedar|ORG3]. [Alder|ORG1] will work with [Cedar|ORG3]. "
    "[The duo|ORG1 ORG2] grew. So it went. So it goes. Yes. No. [Both|ORG1 ORG2] grew."
)


@pytest.mark.parametrize(
    ("before", "words", "names"),
    [
        (None, "The duo", ["Alder", "Birch"]),
        ("Alder|Cedar", "The duo", ["Alder", "Cedar"]),
        ("Alder|Cedar", "Both", ["Alder", "Birch"]),
    ],
    ids=["no event before", "the parties of the event before", "too far from it"],
)
def test_the_duo(before: str | None, words: str, names: list[str]) -> None:
    resolver = Resolver(DUO)
    if before:
        resolver.draft(event(DUO, "partnership", partners=before), RULES["partnership"])
    found = resolver.draft(event(DUO, "partnership", partners=words), RULES["partnership"])
    assert [f.value.name for f in found.roles["partners"].values()] == names
    assert {f.value.text for f in found.roles["partners"].values()} == {words}


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("Lyon", ("Lyon", "Lyon", "FR")),
        ("France", ("France", None, "FR")),
        ("Lyon, France", ("Lyon", "Lyon", "FR")),
        ("the city", ("Lyon", "Lyon", "FR")),
        ("Hobbiton", ("Hobbiton", None, None)),
        ("somewhere", None),
    ],
    ids=["city", "country", "the most precise", "nominal", "unknown", "no name"],
)
def test_a_place(words: str, place: tuple[str, str | None, str | None] | None) -> None:
    reading = reading_of(
        "It moved to [Lyon|PLACE1], [France|PLACE2]. It likes [the city|PLACE1] and Hobbiton, "
        "somewhere."
    )
    found = filler(reading, "headquarters_opening", location=words)
    if place is None:
        assert found is None
        return
    assert found is not None
    assert isinstance(found.value, Place)
    assert (found.value.name, found.value.city, found.value.country) == place


def test_a_target_is_an_organisation_first_and_else_a_place() -> None:
    reading = reading_of("Money for [Alder|ORG1] in [Lyon|PLACE1]. Money for [Porto|PLACE2].")
    first, second = (filler(reading, target=w) for w in ("Alder in Lyon", "Porto"))
    assert first is not None and second is not None
    assert isinstance(first.value, Organization)
    assert isinstance(second.value, Place)


@pytest.mark.parametrize(
    ("words", "value", "value_max", "equivalents"),
    [
        ("$12m", ("12000000", "USD"), None, []),
        ("2 billion yuan ($290 million)", ("2000000000", "CNY"), None, [("290000000", "USD")]),
        ("€3m to €5m", ("3000000", "EUR"), "5000000", []),
        ("a lot", None, None, []),
    ],
)
def test_money(
    words: str,
    value: tuple[str, str] | None,
    value_max: str | None,
    equivalents: list[tuple[str, str]],
) -> None:
    reading = reading_of(f"It paid {words} then.")
    found = filler(reading, amount=words)
    if value is None:
        assert found is None
        return
    assert found is not None
    assert isinstance(found.value, Money)
    assert (found.value.value, found.value.currency) == (Decimal(value[0]), value[1])
    assert found.value.value_max == (Decimal(value_max) if value_max else None)
    assert [(str(m.value), m.currency) for m in found.value.equivalents] == equivalents


def test_money_is_one_value_with_its_restatement() -> None:
    reading = reading_of("It paid 2 billion yuan ($290 million) then.")
    found = filler(reading, amount="2 billion yuan")
    assert found is not None
    assert found.key == ("money", (Decimal(2 * 10**9), "CNY"), (Decimal(290 * 10**6), "USD"))


@pytest.mark.parametrize(
    ("text", "words", "status", "today", "value"),
    [
        ("It opened on August 19, 2017.", "August 19, 2017", "completed", None, "2017-08-19"),
        ("It opened in the third quarter of 2017.", "third quarter of 2017", None, None, "2017-Q3"),
        ("It opened in May.", "May", "completed", "2017-08-20", "2017-05"),
        ("It will open in May.", "May", "planned", "2017-08-20", "2018-05"),
        ("It opened in May.", "May", "completed", None, None),
        ("It opened on Monday.", "Monday", "completed", "2017-08-23", "2017-08-21"),
        ("It opened soon.", "soon", "completed", "2017-08-20", None),
    ],
)
def test_a_date(
    text: str, words: str, status: str | None, today: str | None, value: str | None
) -> None:
    reading = reading_of(text, today)
    proposal = event(reading, "investment", date=words) | {"status": status}
    dates = list(
        Resolver(reading).draft(proposal, RULES["investment"]).roles.get("date", {}).values()
    )
    assert [d.value.value for d in dates] == ([value] if value else [])
    assert all(isinstance(d.value, PartialDate) for d in dates)


@pytest.mark.parametrize(
    ("type_", "role", "words", "value"),
    [
        ("investment", "stake", "20.5 percent", 20.5),
        ("investment", "stake", "one third", pytest.approx(33.3, abs=0.1)),
        ("investment", "stake", "some", None),
        ("headquarters_opening", "jobs", "1,200 people", 1200),
        ("headquarters_opening", "jobs", "300", 300),
        ("headquarters_opening", "jobs", "many", None),
        ("investment", "round", "Series  B", "Series B"),
    ],
)
def test_a_plain_value(type_: str, role: str, words: str, value: Any) -> None:
    found = filler(reading_of(f"It had {words} then."), type_, **{role: words})
    assert (found.value if found else None) == value


def test_a_phrase_keeps_its_words() -> None:
    reading = reading_of("They work on Green Steel then.")
    found = filler(reading, "partnership", fields="Green Steel")
    assert found is not None
    assert found.key == ("phrase", "green steel")
    assert found.value.text == "Green Steel"


def test_a_role_that_the_type_lacks_is_passed_over() -> None:
    assert draft(DEAL, "partnership", investors="Birch").roles == {}


@pytest.mark.parametrize(
    ("changes", "votes"),
    [
        ({"status": "planned"}, {"status": {("planned", "rules"): 0.9}}),
        ({"kind": "stake"}, {"kind": {("stake", "rules"): 0.9}}),
        ({}, {}),
        (
            {"source": "reader", "odds": {"status": {"planned": 0.75, "rumoured": 0.25}}},
            {"status": {("planned", "reader"): 0.675, ("rumoured", "reader"): 0.225}},
        ),
    ],
    ids=["status", "kind", "nothing said", "odds"],
)
def test_votes(changes: dict[str, Any], votes: dict[str, Any]) -> None:
    proposal = event(DEAL, "investment", target="Birch") | changes
    found = Resolver(DEAL).draft(proposal, RULES["investment"]).votes
    assert {k: pytest.approx(v) for k, v in votes.items()} == found


def test_a_default_kind_weighs_less_than_one_that_words_settled() -> None:
    proposal = event(DEAL, "investment", target="Birch") | {"kind": "project"}
    found = Resolver(DEAL).draft(proposal, RULES["investment"]).votes
    assert found["kind"]["project", "rules"] < 0.5


POINTS = reading_of(
    "[Alder|ORG1] has plans. It will put money in [Birch|ORG2]. So says [Cedar|ORG3]."
)


def pointed(reading: Reading, *found: tuple[str, str, float]) -> list[dict[str, Any]]:
    points = []
    for role, words, score in found:
        (entry,) = event(reading, "investment", **{role: words})["roles"]
        points.append(entry | {"score": score})
    return points


@pytest.mark.parametrize(
    ("points", "investors"),
    [
        ([("investors", "Alder", 0.9)], ["Alder"]),
        ([("investors", "Cedar", 0.6), ("investors", "Alder", 0.9)], ["Alder"]),
        ([("investors", "Alder", 0.3)], []),
        ([("investors", "Birch", 0.9)], []),
        ([("target", "Alder", 0.9)], []),
    ],
    ids=[
        "an open role",
        "the likeliest",
        "too unlikely",
        "a name with a role",
        "a role that is full",
    ],
)
def test_what_a_sentence_leaves_open_is_pointed_to(
    points: list[tuple[str, str, float]], investors: list[str]
) -> None:
    proposal = event(POINTS, "investment", target="Birch")
    proposal["pointed"] = pointed(POINTS, *points)
    found = Resolver(POINTS).draft(proposal, RULES["investment"])
    assert [f.value.name for f in found.roles.get("investors", {}).values()] == investors
    assert [f.value.name for f in found.roles["target"].values()] == ["Birch"]
    assert all("pointed" in f.scores for f in found.roles.get("investors", {}).values())


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lyon City", "Lyon"), ("Anhui Province", "Anhui"), ("the city", "City"), ("LYON", "Lyon")],
)
def test_place_key(one: str, other: str) -> None:
    assert place_key(one) == place_key(other)


@pytest.mark.parametrize("word", ["She", "It", "We"])
def test_a_pronoun_that_nobody_is_known_for_names_nobody(word: str) -> None:
    text = f"{word} bought it ."
    offsets = [(0, len(word)), (len(word) + 1, len(word) + 7)]
    reading = Reading(text, offsets, [(0, 2)], [], [], [])
    assert list(Resolver(reading)._organizations(0, 1, 1.0)) == []


def test_a_reuters_code_stands_for_the_name_before_it() -> None:
    reading = reading_of("[Alder Foods|ORG1] ( ALDF.L ) and [Birch|ORG2] met. ELMW.N did not.")
    found = filler(reading, investors="ALDF.L")
    assert found is not None
    assert isinstance(found.value, Organization)
    assert (found.value.text, found.value.name) == ("Alder Foods", "Alder Foods")
    assert filler(reading, investors="ELMW.N") is None
    apart = Reading(
        "Birch BRCa.TO met", [(0, 5), (6, 10), (10, 11), (11, 13)], [(0, 4)], [], [], []
    )
    assert list(Resolver(apart)._organizations(1, 2, 1.0)) == []


@pytest.mark.parametrize(
    ("text", "words", "known"),
    [
        ("Its IPO paid.", "IPO", False),
        ("A virtual network operator (VNO) paid. The VNO won.", "VNO", False),
        ("Tarn Valley Networks (TVN) paid. TVN won.", "TVN", True),
        ("They paid in vain net (VNX). VNX won.", "VNX", True),
    ],
)
def test_the_abbreviation_of_a_term_names_nobody(text: str, words: str, known: bool) -> None:
    assert (filler(reading_of(text), investors=words) is not None) is known


def refused(found: Draft) -> set[str]:
    """The names that do not fill their role."""
    return {found.roles[role][key].value.name for role, key, _ in found.refused}


VENTURES = [
    # A sentence, its partners, and which of them is the venture.
    ("Norwold, a joint venture between Alder and Birch, grew.", "Norwold|Alder|Birch", "Norwold"),
    ("Norwold, its rail venture in Peru with Birch, grew.", "Norwold|Birch", "Norwold"),
    ("Norwold is a joint venture of Alder and Birch.", "Norwold|Alder|Birch", "Norwold"),
    ("Alder left its joint venture Norwold with Birch.", "Alder|Norwold|Birch", "Norwold"),
    ("Alder and Birch have a joint venture, Norwold.", "Alder|Birch|Norwold", "Norwold"),
    ("Alder formed a venture with Birch called Norwold.", "Alder|Birch|Norwold", "Norwold"),
    ("The Alder Norwold joint venture with Birch grew.", "Alder Norwold|Alder|Birch",
     "Alder Norwold"),
    ("Alder and Birch hired at Alder Birch Networks.", "Alder|Birch|Alder Birch Networks",
     "Alder Birch Networks"),
    ("Alder Foods and Birch run Alder Bottling.", "Alder Foods|Birch|Alder Bottling",
     "Alder Bottling"),
    ("Alder Foods and Birch run the Birch Cedar (BCA) venture.", "Alder Foods|Birch|Birch Cedar",
     "Birch Cedar"),
    ("First Foods and First Cedar have a venture.", "First Foods|First Cedar", ""),
    ("Alder and Alder Group have a venture with Birch.", "Alder|Alder Group|Birch", ""),
    ("Through the venture, Alder will sell with Birch.", "Alder|Birch", ""),
    ("Alder, a joint venture partner of Birch, grew.", "Alder|Birch", ""),
    ("Alder is a maker of boats in a joint venture with Birch.", "Alder|Birch", ""),
    ("Alder formed a venture with Birch, Cedar and Norwold.", "Alder|Birch|Cedar|Norwold", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "partners", "own"), VENTURES)
def test_what_is_called_the_venture_is_noted(text: str, partners: str, own: str) -> None:
    found = draft(reading_of(text), "partnership", partners=partners)
    assert refused(found) == {own} - {""}


STAKES = [
    # A sentence, the role, its fillers, and which of them do not fill it.
    ("Alder ( ALD.L ) has agreed to sell its 20 percent stake in Birch to Cedar.",
     "investors", "Alder|Cedar", "Alder"),
    ("Alder ALD.L has decided to sell off its stake in Birch.", "investors", "Alder", "Alder"),
    ("Alder, a miner, is selling half its shares in Birch.", "investors", "Alder", "Alder"),
    ("Cedar bought a 10 percent stake in Birch from the miner Alder.",
     "investors", "Cedar|Alder", "Alder"),
    ("Cedar will buy out Alder in June.", "investors", "Cedar|Alder", "Alder"),
    ("Cedar will buy Alder’s 20 percent stake in Birch.", "investors", "Cedar|Alder", "Alder"),
    ("Cedar is in talks with the owner Alder to buy 20 percent of Birch.",
     "investors", "Cedar|Alder", "Alder"),
    ("Cedar agreed to buy the retailer Alder out of Birch.", "investors", "Cedar|Alder", "Alder"),
    ("Alder received a fee of $5m for its remaining stake in Birch.",
     "investors", "Alder", "Alder"),
    ("Alder is in talks with Cedar to sell its stake in Birch.", "investors", "Alder|Cedar", ""),
    ("Cedar received a stake in Birch for its mill.", "investors", "Cedar", ""),
    ("Cedar sold boats and bought a stake in Birch.", "investors", "Cedar", ""),
    ("Birch raised money from the fund Cedar.", "investors", "Cedar", ""),
    ("Cedar’s 20 percent stake in Birch cost money.", "investors", "Cedar", ""),
    ("Cedar will buy Alder’s 20 percent stake in Birch.", "target", "Alder|Birch", "Alder"),
    ("Cedar took a stake in Birch’s mill.", "target", "Birch", ""),
]  # fmt: skip


GOODS = [
    ("Alder and Birch teamed up to buy a mine in Peru from Norwold.", "Norwold"),
    ("Alder and Birch bought the mill from the miner Norwold.", "Norwold"),
    ("Alder bought the mill from Birch, its partner Norwold said.", "Birch"),
    ("Alder and Birch bought land from their joint venture partner Norwold.", ""),
    ("Alder and Birch will buy and sell steel with Norwold.", ""),
    ("Alder and Birch got help from Norwold.", ""),
]


@pytest.mark.parametrize(
    ("text", "words", "share"),
    [
        ("It has 20 percent of Birch.", "20 percent", 20.0),
        ("It has five to ten percent of Birch.", "five", 5.0),
        ("It has a quarter of Birch.", "quarter", 25.0),
        ("It has 169 million shares of Birch.", "169 million", None),
        ("It has 12 of them, 20 percent of Birch.", "12", None),
    ],
)
def test_a_stake_is_a_share(text: str, words: str, share: float | None) -> None:
    found = filler(reading_of(text), stake=words)
    assert (found.value if found else None) == share


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A plant in southeast [Michigan|PLACE1].", "southeast Michigan"),
        ("A plant at the centre of [Michigan|PLACE1].", "Michigan"),
    ],
)
def test_a_part_of_a_place_has_its_words_and_the_name_of_the_whole(text: str, words: str) -> None:
    found = filler(reading_of(text), "headquarters_opening", location="Michigan")
    assert found is not None
    assert (found.value.text, found.value.name) == (words, "Michigan")


@pytest.mark.parametrize(("text", "out"), GOODS)
def test_who_sells_what_others_buy_together_is_noted(text: str, out: str) -> None:
    found = draft(reading_of(text), "partnership", partners="Alder|Birch|Norwold")
    assert refused(found) == {out} - {""}


def test_each_mention_in_a_sentence_tells_of_a_name() -> None:
    reading = reading_of(
        "By a deal of [Alder|ORG1] and [Birch|ORG2], [Alder|ORG1] will sell its stake in Cedar."
    )
    assert draft(reading, investors="Alder|Birch").refused == {("investors", ("org", 0), "stake")}


def test_a_sentence_tells_of_a_name_that_another_proposes() -> None:
    reading = reading_of("[Norwold|ORG1], a venture of [Alder|ORG2] and [Birch|ORG3], grew.")
    found = draft(reading, "partnership", partners="Alder|Birch")
    assert found.refused == {("partners", ("org", 0), "joint_venture")}


SUMS = [
    ("Alder bought Birch stock at [$12|MONEY] per share.", "$12", True),
    ("Alder sold 5,000 shares of Birch at [$12|MONEY] each.", "$12", True),
    ("Alder, which manages about [$5m|MONEY], bought Birch stock.", "$5m", True),
    ("Alder, with [$5m|MONEY] in assets, bought Birch stock.", "$5m", True),
    ("Alder expects a gain of about [$5m|MONEY] on Birch.", "$5m", True),
    ("Alder saw a [$5m|MONEY] valuation of Birch.", "$5m", True),
    ("Alder booked [$5m|MONEY] in sales at Birch.", "$5m", True),
    ("Alder and Cedar invested [$5m|MONEY] each in Birch.", "$5m", False),
    ("Alder paid [$5m|MONEY] for shares in Birch.", "$5m", False),
    ("Alder used its gains for [$5m|MONEY] of shares in Birch.", "$5m", False),
]


@pytest.mark.parametrize(("text", "amount", "other"), SUMS)
def test_a_sum_that_is_not_what_was_paid_is_noted(text: str, amount: str, other: bool) -> None:
    found = draft(reading_of(text), investors="Alder", target="Birch", amount=amount)
    assert ("amount" in {role for role, _, _ in found.refused}) is other


DESCRIBED = [
    ("The [Lyon|PLACE1] -based firm bought a part of it.", "Lyon", False),
    ("[France|PLACE1]’s largest bank bought a part of it.", "France", False),
    ("The [U.S.|PLACE1] automaker bought a part of it.", "U.S.", False),
    ("[France|PLACE1] will pay for a part of it.", "France", True),
    ("Money for [France|PLACE1]’s coast was lost.", "France", True),
]


@pytest.mark.parametrize(("text", "words", "taken"), DESCRIBED)
@pytest.mark.parametrize("role", ["investors", "target"])
def test_a_place_that_only_says_where_a_party_is_from(
    text: str, words: str, taken: bool, role: str
) -> None:
    assert (filler(reading_of(text), **{role: words}) is not None) is taken


@pytest.mark.parametrize(("text", "role", "fillers", "out"), STAKES)
def test_who_sells_or_holds_a_stake_is_noted(text: str, role: str, fillers: str, out: str) -> None:
    assert refused(draft(reading_of(text), **{role: fillers})) == {out} - {""}


@pytest.mark.parametrize(
    ("text", "tagged", "field"),
    [
        ("They work on trans-Baltic routes.", "trans", "trans-Baltic"),
        ("They work on ultra-thin glass.", "thin glass", "ultra-thin glass"),
        ("They share production and sales.", "production and", "production"),
        ("They work in the shipping of grain.", "the shipping of grain", "shipping of grain"),
        ("They want to develop boats.", "develop boats", "develop boats"),
        ("They want to develop boats.", "develop", None),
        ("They want boats and trains.", "and", None),
    ],
)
def test_a_phrase_is_whole_words_without_small_ones_at_its_edges(
    text: str, tagged: str, field: str | None
) -> None:
    start = text.index(tagged)
    reading = Reading(text, [(start, start + len(tagged))], [(0, 1)], [], [], [])
    slot = filled_slots(Partnership)["fields"]
    found = [f.value.text for f in Resolver(reading)._plain(slot, 0, 1, 1.0)]
    assert found == ([field] if field else [])


def test_what_a_role_of_another_type_holds_is_not_looked_at() -> None:
    reading = reading_of("Alder moved, a venture of joy.")
    one = Filler("Alder", Span(text="Alder", start=0, end=5), 0, 5, 1.0)  # no name to ask about
    told = event(reading, "headquarters_opening", company="Alder")
    other = Draft("headquarters_opening", [told], {"partners": {"Alder": one}}, {})
    Resolver(reading)._refuse(other, told)
    assert not other.refused
