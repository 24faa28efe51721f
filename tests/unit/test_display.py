"""Results as HTML: what is marked where, and that any text stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bizextract as bx
from bizextract.display import record_html, render, result_html
from bizextract.display.views import ResultView, color, view
from bizextract.records import (
    Evidence,
    Investment,
    Money,
    Organization,
    PartialDate,
    Partnership,
    Place,
    Record,
    Result,
    Span,
)

TEXT = "Acme Inc. and Brightwater SA team up. Larkspur puts $2m into Brightwater in Lyon."
HOSTILE = (
    """</script><script>alert(1)</script><!-- <img src=x onerror="alert('2')"> {{ 7 * 7 }} & "'`"""
)


def at(words: str, text: str = TEXT) -> dict[str, Any]:
    start = text.index(words)
    return {"text": words, "start": start, "end": start + len(words)}


TEAM_UP = Partnership(
    partners=(
        Organization(name="Acme Inc.", aliases=("Acme",), **at("Acme Inc.")),
        Organization(name="Brightwater SA", **at("Brightwater SA")),
    ),
    evidence=(Evidence(**at("Acme Inc. and Brightwater SA team up.")),),
    spans={"kind": Span(**at("team up"))},
    confidence=0.876,
)
MONEY = Investment(
    investors=(Organization(name="Larkspur", ticker="NYSE: LRK", **at("Larkspur")),),
    target=Organization(name="Brightwater SA", **at("Brightwater SA")),
    amount=Money(
        value="2000000",
        currency="USD",
        equivalents=(Money(value="1800000", currency="EUR", **at("$2m")),),
        **at("$2m"),
    ),
    location=Place(name="Lyon", region="Rhône", country="FR", **at("Lyon")),
    status="planned",
    evidence=(Evidence(**at("Larkspur puts $2m into Brightwater in Lyon.")),),
)
RESULT = Result(id="a", text=TEXT, date="2024-05-01", records=(TEAM_UP, MONEY))


class Reader(HTMLParser):
    """Takes HTML apart: the text in an element of a class, and all elements and attributes."""

    def __init__(self, html: str, inside: str = "bx-text") -> None:
        super().__init__()
        self.inside, self.depth = inside, 0
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if self.depth or self.inside in (dict(attrs).get("class") or "").split():
            self.depth += tag not in ("input", "meta", "option")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= self.depth > 0

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.text += data

    def close(self) -> None:
        super().close()
        if ("pre", self.inside) in [(tag, names.get("class")) for tag, names in self.tags]:
            self.text = self.text.removeprefix("\n")  # as browsers do, after <pre>


def words_of(shown: ResultView, record: int, role: str | None) -> list[str]:
    return [
        piece.text
        for piece in shown.pieces
        if any((m.record, m.role) == (record, role) for m in shown.marks_of(piece))
    ]


def test_roles_and_evidence_are_marked() -> None:
    shown = view(RESULT)
    assert "".join(piece.text for piece in shown.pieces) == TEXT
    assert words_of(shown, 0, "partners") == ["Acme Inc.", "Brightwater SA"]
    assert words_of(shown, 0, "kind") == ["team up"]
    assert "".join(words_of(shown, 0, None)) == "Acme Inc. and Brightwater SA team up."
    assert words_of(shown, 1, "target") == ["Brightwater SA"]
    assert [(p.text, p.begins) for p in shown.pieces if p.begins] == [
        ("Acme Inc.", [0]),
        ("Larkspur", [1]),
    ]


def test_a_hover_tells_role_value_and_confidence() -> None:
    tips = {(mark.record, mark.role): mark.tip for mark in view(RESULT).marks}
    assert tips[0, "kind"] == "1 partnership, completed\nconfidence 0.88\nkind: collaboration"
    assert tips[1, "amount"] == "2 investment, planned\namount: USD 2,000,000"
    titles = [
        a["title"]
        for tag, a in Reader(result_html(RESULT)).tags
        if tag == "mark" and a.get("title")
    ]
    assert any("partners: Acme Inc." in str(title) for title in titles)


def test_cards_say_what_is_known() -> None:
    roles = dict(view(RESULT).records[1].roles)
    assert "status" not in roles  # it stands in the card's head
    assert roles["investors"] == [("Larkspur", "NYSE: LRK")]
    assert roles["amount"] == [("USD 2,000,000", "“$2m”, EUR 1,800,000")]
    assert roles["location"] == [("Lyon (FR)", "Rhône")]
    dated = TEAM_UP.model_copy(
        update={"date": PartialDate(text="in May", start=0, end=6, value="2024-05")}
    )
    assert dict(view(Result(records=(dated,))).records[0].roles)["date"] == [
        ("2024-05", "“in May”")
    ]


def test_without_text_the_evidence_stands_for_it() -> None:
    shown = view(RESULT.model_copy(update={"text": ""}))
    assert not shown.whole
    first, gap, second = re.split(r"(\n\[…\]\n)", "".join(piece.text for piece in shown.pieces))
    assert (first, gap, second) == (TEAM_UP.evidence[0].text, "\n[…]\n", MONEY.evidence[0].text)
    assert words_of(shown, 1, "amount") == ["$2m"]
    assert words_of(shown, 1, "target") == ["Brightwater SA"]


def test_passages_that_overlap_are_one() -> None:
    record = Partnership(
        evidence=(
            Evidence(**at("Acme Inc. and Brightwater")),
            Evidence(**at("Brightwater SA team")),
        )
    )
    shown = view(Result(records=(record,)))
    assert "".join(piece.text for piece in shown.pieces) == "Acme Inc. and Brightwater SA team"


def test_offsets_that_do_not_fit_mark_nothing() -> None:
    shown = view(RESULT.model_copy(update={"text": f"Changed: {TEXT}"}))
    assert (len(shown.pieces), shown.marks) == (1, [])


@given(
    st.text(alphabet="ab<&\"' \n\U0001f600", min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8),
)
def test_any_text_with_any_marks_comes_back(text: str, places: list[tuple[int, int]]) -> None:
    spans = [(min(p), max(p)) for p in places if max(p) <= len(text) and p[0] != p[1]]
    evidence = tuple(Evidence(text=text[a:b], start=a, end=b) for a, b in spans)
    result = Result(text=text, records=(Partnership(evidence=evidence),))
    shown = view(result)
    assert "".join(piece.text for piece in shown.pieces) == text
    for number, (a, b) in enumerate(spans):
        assert "".join(p.text for p in shown.pieces if number in p.marks) == text[a:b]
    assert Reader(result_html(result)).text == text


@given(st.text(max_size=30))
def test_any_text_is_escaped(text: str) -> None:
    organization = Organization(text=text, start=0, end=len(text), name=text, aliases=(text,))
    record = Partnership(partners=(organization,), fields=(organization,))
    result = Result(id=text, text=text, title=text, url=text, warnings=(text,), records=(record,))
    read = Reader(result_html(result))
    assert read.text == text
    assert {tag for tag, _ in read.tags} <= {"a", "div", "mark", "meter", "pre", "span", "style"}
    assert not any(name.startswith("on") for _, names in read.tags for name in names)


def test_a_hostile_text_stays_text() -> None:
    names = {"text": HOSTILE, "start": 0, "end": len(HOSTILE), "name": HOSTILE}
    record = Partnership(partners=(Organization(**names),), evidence=(Evidence(
        text=HOSTILE, start=0, end=len(HOSTILE)),))  # fmt: skip
    for html in (result_html(Result(text=HOSTILE, records=(record,))), record_html(record)):
        read = Reader(html)
        assert read.text == HOSTILE
        assert {tag for tag, _ in read.tags} <= {"div", "mark", "meter", "pre", "span", "style"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", " https://a.example"])
def test_only_web_addresses_are_links(url: str) -> None:
    html = result_html(Result(text="x", url=url))
    assert "<a " not in html
    assert url in html
    assert '<a class="bx-meta" href="https://a.example/?a=1&amp;b=2"' in result_html(
        Result(text="x", url="https://a.example/?a=1&b=2")
    )


def test_all_white_space_is_kept() -> None:
    text = "\n\n One.\n\n\n  Two. \n"
    assert Reader(result_html(Result(text=text))).text == text


def test_notebooks_call_it() -> None:
    assert RESULT._repr_html_() == result_html(RESULT)
    assert TEAM_UP._repr_html_() == record_html(TEAM_UP)
    assert "Acme Inc. and" in re.sub("<[^>]+>", "", record_html(TEAM_UP))
    assert "0.88" in record_html(TEAM_UP)


def test_what_is_missing_is_said() -> None:
    assert "no records" in result_html(Result(text="Nothing."))
    html = result_html(Result(id="b", error="text is too long", warnings=("the text is odd",)))
    assert "not read: text is too long" in html
    assert "the text is odd" in html
    assert ">b</span>" in html


def test_own_types_have_a_colour_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Record, "_types", dict(Record._types))

    class Lawsuit(Record):
        type: Literal["law_suit"] = "law_suit"
        plaintiff: Organization | None = None

    assert color("law_suit") not in {color(t) for t in ("partnership", "investment")}
    suit = Lawsuit(plaintiff=TEAM_UP.partners[0], confidence=None)
    html = result_html(Result(text=TEXT, records=(suit,)))
    assert "law suit" in html
    assert "plaintiff" in html
    assert "meter" not in html.split("</style>")[1]


# --- the page ------------------------------------------------------------------------------


def data_of(page: str) -> Any:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_page_has_everything_and_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "view.html"
    assert bx.render([RESULT], path, title="A <b>title</b>") is None
    page = path.read_text(encoding="utf-8")
    assert page == bx.render([RESULT], title="A <b>title</b>")
    assert "<title>A &lt;b&gt;title&lt;/b&gt;</title>" in page
    assert not re.search(r"@import|url\(|\bsrc=|<link|<iframe", page)
    (document,) = data_of(page)
    assert "".join(piece[0] for piece in document["pieces"]) == TEXT
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page


def test_texts_cannot_leave_the_data() -> None:
    page = render([Result(id=HOSTILE, text=HOSTILE, title=HOSTILE)], title=HOSTILE)
    (document,) = data_of(page)
    assert document["id"] == HOSTILE
    read = Reader(page)
    assert [tag for tag, _ in read.tags if tag in ("script", "img")] == ["script", "script"]


def test_page_of_nothing() -> None:
    assert data_of(render([])) == []


@pytest.mark.parametrize("wrong", [RESULT, "text", [TEAM_UP]])
def test_what_is_no_results_is_refused(wrong: Any) -> None:
    with pytest.raises(bx.InputError, match=r"results are given as a list|is no Result"):
        render(wrong)


def test_page_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(bx.InputError, match=r"cannot write to .*: Is a directory"):
        render([RESULT], tmp_path)
