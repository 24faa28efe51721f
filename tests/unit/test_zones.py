"""Zones: what is headline, body and furniture, and the patterns that tell."""

from __future__ import annotations

import re
import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bizextract import _lexicon
from bizextract._text import _furniture, zones
from helpers import grows

RULES = [
    pytest.param(sort, rule, id=f"{sort}-{rule['id']}")
    for sort, rules in tomllib.loads(_lexicon.read_text("furniture.toml")).items()
    for rule in rules
]
WAYS = {"line": "fullmatch", "heading": "fullmatch", "paragraph": "match", "inline": "search"}

PAGE = """\
Home | Markets | Companies | Opinion

Policy, Tech

Acme Foods to Open Head Office in Lyon

By Jane Doe

Follow us:
Published: 20 August 2017

Acme Foods Inc. will open a head office in Lyon, the company said (Photo: Jane Doe) on Monday.
It has looked for a site since May and has now found one by the river.

The move will bring 300 jobs, said its chief executive, who took office in spring last year.
(Reporting by Jane Doe;
editing by John Roe)

Sign up for our newsletter

Related News

Borealis buys stake in Cobalt

Delta and Echo join forces

Leave a Reply

No e-mail address will be shown.
"""


def parts(text: str, kind: str, title: str | None = None) -> list[str]:
    return [text[zone.start : zone.end] for zone in zones(text, title) if zone.kind == kind]


@pytest.mark.parametrize(("sort", "rule"), RULES)
def test_rule_fires_on_its_examples_only(sort: str, rule: dict[str, object]) -> None:
    pattern = re.compile(str(rule["pattern"]), re.IGNORECASE)
    way = getattr(pattern, WAYS[sort])
    assert [e for e in rule["examples"] if not way(e)] == []  # type: ignore[attr-defined]
    assert [e for e in rule["not"] if way(e)] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("sort", "rule"), RULES)
def test_rule_says_enough(sort: str, rule: dict[str, list[str]]) -> None:
    assert set(rule) == {"id", "pattern", "examples", "not"}
    assert len(rule["examples"]) >= 3
    assert len(rule["not"]) >= 2


def test_rule_ids_are_unique() -> None:
    ids = [param.values[1]["id"] for param in RULES]  # type: ignore[index]
    assert len(ids) == len(set(ids))


def test_page() -> None:
    assert parts(PAGE, "headline") == ["Acme Foods to Open Head Office in Lyon"]
    body = " ".join(parts(PAGE, "body"))
    assert body.startswith("Acme Foods Inc. will open")
    assert body.endswith("spring last year.")
    for word in ("Photo", "Reporting", "Borealis", "Delta", "Follow", "Published", "newsletter"):
        assert word not in body


@pytest.mark.parametrize(
    "furniture",
    """\
Read more: Borealis buys stake in Cobalt
WATCH: How Borealis raised $5m from Cobalt
Next Article Borealis to open headquarters in Leeds
Story continues below advertisement
Borealis headquarters in Leeds. Photo: Jane Doe
The new headquarters of Borealis in Leeds (Photo: Jane Doe)
Jane Doe is a reporter who covers the alliance of Borealis and Cobalt.
Jane Doe, Staff Writer
May 3, 2018 at 9:15 am
Sign up for The Borealis Brief
Sponsored by Borealis and its partner Cobalt
This article was originally published by Borealis, a partner of Cobalt
Disclosure: Borealis invested $3m in the owner of this site, Cobalt.
You must be logged in to post a comment.
Follow Jane Doe on Twitter
1.2k shares
Manage preferences""".splitlines(),
)
def test_furniture_between_paragraphs(furniture: str) -> None:
    before = "Acme Foods Inc. will open a head office in Lyon, the company said on Monday."
    after = "It looked for a site since May."
    text = f"Acme moves\n\n{before}\n\n{furniture}\n\n{after}"
    assert parts(text, "furniture") == [furniture]
    assert parts(text, "body") == [before, after]  # a link of its own does not hide what follows


def test_title_that_the_text_begins_with_is_the_headline() -> None:
    text = "Acme moves. It goes to Lyon."
    assert parts(text, "headline", title="Acme moves.") == ["Acme moves."]
    assert parts(text, "body", title="Acme moves.") == ["It goes to Lyon."]


@pytest.mark.parametrize(
    "text",
    [
        "Acme will move its head office to Lyon.",
        "Acme will move its head office\nto Lyon, where Borealis is.\n\nIt said so on Monday.",
    ],
    ids=["one line", "wrapped paragraph"],
)
def test_no_headline(text: str) -> None:
    assert parts(text, "headline") == []
    assert "".join(parts(text, "body")) == text


def test_prose_ends_a_block() -> None:
    prose = (
        "Acme Foods Inc. will open a head office in Lyon, said its chief executive on Monday, "
        "and it will bring at least three hundred jobs to the city."
    )
    text = f"Acme moves\n\nRelated news\n\nBorealis buys Cobalt\n\n{prose}"
    assert parts(text, "body") == [prose]


def test_wrapped_text_and_carriage_returns_keep_their_offsets() -> None:
    text = "Acme moves\r\n\r\nAcme goes\r\nto Lyon.\r\n\r\nShare this:\r\n"
    assert [(z.kind, text[z.start : z.end]) for z in zones(text)] == [
        ("headline", "Acme moves"),
        ("body", "Acme goes\r\nto Lyon."),
        ("furniture", "Share this:"),
    ]


@pytest.mark.parametrize("text", ["", " \n\t\n", "\u2028"])
def test_nothing_gives_no_zones(text: str) -> None:
    assert zones(text) == []


_LINES = st.lists(
    st.one_of(
        st.sampled_from([*PAGE.splitlines(), "", "(Editing by Jane Doe)", "\r", "…"]),
        st.text(max_size=20),
    )
).map("\n".join)


@given(_LINES, st.one_of(st.none(), st.text(max_size=5), st.just("Policy, Tech")))
@example("Acme will open an office in Lyon (Photo: Jane Doe) on Monday.\n\nHome | Markets", None)
def test_zones_hold_every_character_once(text: str, title: str | None) -> None:
    found = zones(text, title)
    position = 0
    for zone in found:
        assert text[position : zone.start].strip() == ""
        assert zone.start < zone.end
        assert text[zone.start : zone.end] == text[zone.start : zone.end].strip()
        position = zone.end
    assert text[position:].strip() == ""
    # One headline, though a credit may stand in the middle of it.
    headline = [i for i, zone in enumerate(found) if zone.kind == "headline"]
    inside = found[headline[0] : headline[-1]] if headline else []
    assert {zone.kind for zone in inside} <= {"headline", "furniture"}


_HOSTILE = {
    "one line": "a" * 200_000,
    "words": "share this " * 20_000,
    "parentheses": "(Reporting by " * 20_000,
    "headings": "Related News\n" * 20_000,
    "bars": "a | " * 50_000,
    "quotes": 'said. "' * 30_000,
    "blank lines": "\n" * 200_000,
    "short lines": "Share Share Share Share Share Share Share Share Share Share Share;\n" * 3_000,
}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_time_grows_in_line_with_length(text: str) -> None:
    _furniture()
    assert not grows(lambda: zones(text), lambda: zones(text * 4), most=8)
