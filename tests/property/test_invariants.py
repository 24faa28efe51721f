"""What holds for any text: it is read or refused, offsets fit, nothing depends on the company.

``BIZEXTRACT_EXAMPLES`` says how many examples each test draws; ``scripts/fuzz`` draws many.
"""

from __future__ import annotations

import os
import re
from datetime import date as day
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pycountry
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import bizextract as bx
from bizextract._extractor import Extractor
from bizextract._pipeline import Engine
from helpers import spans_in

pytestmark = pytest.mark.model

ENGINES: tuple[Engine, ...] = ("both", "reader", "rules")
EXAMPLES = int(os.environ.get("BIZEXTRACT_EXAMPLES", "15"))
few = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = ["Harlow Foods Inc.", "Brightwater", "Kestrel plc", "Société Lémanique S.A.", "IBIS", "X"]
PLACES = ["Lyon", "Xi'an", "Austin, Texas", "the city", "Côte d’Ivoire", "New York"]
WHEN = ["", " on Monday", " in May", " on August 19, 2017", " by 2020", " last year", " in Q3 2018"]
WHEN += [" on 31 February 2019", " in the second half", " on 3/4/2018", " yesterday", " in 20199"]
SUMS = ["$12m", "€3 million to €5 million", "RMB20.5 billion", "-$5", "$0", "$1e400", "12 XYZ"]
SUMS += ["£999,999,999,999,999,999", "$.5bn", "half a billion dollars", "$1,2,3", "Rs 5 crore"]
EVENTS = [
    "{a} will move its headquarters from {p} to {q}{w}.",
    "{a} opened its European head office in {p}{w} with 300 people for {m}.",
    "{a} and {b} have formed a joint venture{w}, sources said.",
    "{a}, {b} and {a} denied that they teamed up{w}",
    "{a} raised {m} in a Series B round led by {b}{w}.",
    "“{b} bought a 20.5 percent stake in {a} for {m}{w},” said Ann Roe",
    "{a} Opens Headquarters In {p}\n\n{a}, a bank, opened it{w}.",
    "{b} has no plans to invest {m} in {a}{w}.",
    "The company said it will invest {m} in {p}{w}.",
    "(Reporting by Jane Doe; {a} and {b} partnered{w})",
]
FURNITURE = [  # a kind each
    "Follow us on Twitter",
    "Home | Markets | Companies | Opinion",
    "Share this:",
    "Read more: Borealis Inc. buys 20 percent stake in Cobalt Ltd.",
    "We use cookies. Borealis Inc. and its partners invested $5m in Cobalt Ltd. to store them.",
    "© 2023 Borealis Inc., a joint venture with Cobalt Ltd. All rights reserved.",
    "Story continues below advertisement",
    "Sign up for our newsletter",
    "Your email address will not be published",
    "(Photo: Borealis Inc.)",
    "Skip to main content",
    "Advertisement",
    "Related: Cobalt Ltd. opens headquarters in Turin",
    "Terms of Use | Privacy Policy | Contact",
    "Log in or register to comment",
    "Click here to subscribe",
    "Tags: Borealis Inc., Cobalt Ltd., joint venture",
    "3 min read",
    "Print this page",
    "Accept all cookies",
    "Download our app",
    "Copyright Borealis Inc.",
    "Filed under: mergers, partnerships",
]
# Short lines below one of these are furniture too, up to the next prose.
HEADINGS = ["Leave a Reply", "Most read", "Related articles", "You may also like"]
ODD = [
    "\x00",
    "\u2028",
    "\ufeff",
    "\u202e",
    "a\u0301" * 9,
    "🏢🚀",
    "“‘" * 9,
    "(" * 40,
    "\r\n",
    "\t",
]
ODD += ["A, B, C, D, E, F, G and H", "株式会社", "$" * 30, "..." * 20, "Inc." * 20, "\n \n", "'s"]

names, places = st.sampled_from(NAMES), st.sampled_from(PLACES)
events = st.builds(
    lambda form, a, b, p, q, w, m: form.format(a=a, b=b, p=p, q=q, w=w, m=m),
    st.sampled_from(EVENTS),
    *(names, names, places, places),
    st.sampled_from(WHEN),
    st.sampled_from(SUMS),
)
fragments = st.one_of(
    events,
    events,
    st.sampled_from([*ODD, *FURNITURE, *NAMES, *PLACES]),
    st.text(max_size=30),
)
texts = st.builds(
    lambda parts, joint: joint.join(parts),
    st.lists(fragments, max_size=6),
    st.sampled_from([" ", "\n\n", "\n", "", ", ", " and "]),
)
dates = st.one_of(st.none(), st.dates(day(1900, 1, 1), day(2100, 1, 1)).map(str))


@lru_cache(maxsize=4)
def extractor(engine: Engine, triage: bool) -> Extractor:
    return Extractor(engine=engine, triage=triage)


each_engine = pytest.mark.parametrize("engine", ENGINES)


# --- what a result must be -------------------------------------------------------------------

CURRENCIES = {currency.alpha_3 for currency in pycountry.currencies}
_DAY = re.compile(
    r"\d|\b(?:today|yesterday|tomorrow|tonight|overnight)\b|day\b"
    r"|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|morning|evening|night|afternoon",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|month|week|\d[-/.]\d"
    rf"|(?:{_DAY.pattern})",
    re.IGNORECASE,
)
_PART = re.compile(r"quarter|half|\b[QH][1-4]|[1-4][QH]\b", re.IGNORECASE)


def check(result: bx.Result) -> None:
    assert bx.Result.model_validate_json(result.model_dump_json()) == result
    for record in result.records:
        assert record.evidence
        for span in spans_in(record.model_dump()):
            assert result.text[span["start"] : span["end"]] == span["text"] != ""
            if "currency" in span:
                for value in (span["value"], span["value_max"]):
                    assert value is None or (value.is_finite() and value >= Decimal(0))
                assert span["currency"] in CURRENCIES
        for date in (record.date, record.announced):
            if date is not None:
                check_date(date)


def check_date(found: bx.PartialDate) -> None:
    """It is in the calendar, and no more precise than its words."""
    parts = found.value.split("-")
    if len(parts) == 3:
        day.fromisoformat(found.value)
        assert _DAY.search(found.text)
    elif len(parts) == 2:
        assert (_MONTH if parts[1].isdigit() else _PART).search(found.text)


def without_offsets(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_offsets(v) for k, v in value.items() if k not in ("start", "end")}
    return [without_offsets(v) for v in value] if isinstance(value, list) else value


def content(result: bx.Result) -> Any:
    return without_offsets(result.model_dump(mode="json")["records"])


# --- the properties --------------------------------------------------------------------------


@each_engine
@few
@given(text=texts, date=dates, title=st.one_of(st.none(), events, st.text(max_size=20)))
@example(text="\ud83d", date=None, title=None)
@example(text="", date=None, title="Harlow Foods Inc. opens headquarters in Lyon")
@example(text=" ".join(["." * 60] * 2), date=None, title=None)
def test_any_text_gives_a_sound_result(
    engine: Engine, text: str, date: str | None, title: str | None
) -> None:
    reader = extractor(engine, triage=False)
    try:
        result = reader.extract(text, title=title, date=date)
    except bx.BizExtractError:
        with pytest.raises(UnicodeEncodeError):
            (text + (title or "")).encode()
        return
    check(result)
    assert reader.extract(text, title=title, date=date) == result


@each_engine
@few
@given(batch=st.lists(texts, min_size=2, max_size=5), size=st.integers(1, 6), data=st.data())
def test_company_and_batches_change_nothing(
    engine: Engine, batch: list[str], size: int, data: st.DataObject
) -> None:
    reader = extractor(engine, triage=True)
    alone = {text: reader.extract(text) for text in batch}
    order = data.draw(st.permutations(batch))
    assert list(reader.pipe(order, batch_size=size)) == [alone[text] for text in order]


@each_engine
def test_processes_change_nothing(engine: Engine) -> None:
    reader = extractor(engine, triage=True)
    batch = [
        form.format(a=NAMES[0], b=NAMES[2], p=PLACES[0], q=PLACES[2], w=WHEN[3], m=SUMS[0])
        for form in EVENTS
    ]
    one = list(reader.pipe(batch))
    assert list(reader.pipe(batch, n_process=2, batch_size=3)) == one
    assert sum(len(result.records) for result in one) >= 5


@each_engine
@few
@given(
    body=st.lists(events, min_size=1, max_size=4).map("\n\n".join),
    before=st.lists(st.sampled_from(FURNITURE), max_size=3),
    after=st.lists(st.sampled_from([*FURNITURE, *HEADINGS]), max_size=3),
)
def test_furniture_changes_only_offsets(
    engine: Engine, body: str, before: list[str], after: list[str]
) -> None:
    reader = extractor(engine, triage=True)
    around = reader.extract("\n\n".join([*before, body, *after]))
    check(around)
    assert content(around) == content(reader.extract(body))


@pytest.mark.parametrize("line", [*FURNITURE, *HEADINGS])
def test_each_kind_of_furniture_changes_only_offsets(line: str) -> None:
    reader = extractor("both", triage=True)
    body = (
        "Harlow Foods Inc. will move its headquarters from Porto to Lyon in the spring of next "
        "year, it said on Monday, as it looks for more room and for a shorter way to its farms."
    )
    before, around = reader.extract(body), reader.extract(f"{line}\n\n{body}\n\n{line}")
    check(around)
    assert len(before.records) == 1
    assert content(around) == content(before)
