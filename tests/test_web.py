"""Pages, as HTML and as text that was copied out of a browser: nothing around an article counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import bizextract as bx
from bizextract._pipeline import Engine

pytestmark = pytest.mark.model

ENGINES: tuple[Engine, ...] = ("rules", "both")

TITLE = "Brightwater to open European headquarters in Ghent"
BODY = [
    "Brightwater SA will open its European headquarters in Ghent next year, the maker of pumps "
    "said on Thursday. It has looked for a site since January and has now found one by the river.",
    "The company has also formed a joint venture with Verhaegen NV to build pumps for ports.",
    "The move will bring 300 jobs, said its chief executive Ann Roe, who took office in spring.",
]
BEFORE = """\
Skip to main content

Home | Markets | Companies | Opinion

Sign up for The Cobalt Brief

Follow us on Twitter

Subscribe

By Jane Doe

Published: 4 May 2023
"""
BETWEEN = [
    "Photo: The new headquarters of Cobalt Ltd. in Leeds, opened on Monday",
    "Read more: Borealis Inc. buys 20 percent stake in Cobalt Ltd.",
    "Advertisement",
    "Workers of Borealis Inc. and Cobalt Ltd. celebrate their joint venture in Leeds. "
    "REUTERS/Jane Doe",
    "Share this:",
    "Story continues below advertisement",
]
AFTER = """\
Share this:

Facebook Twitter LinkedIn

Tags: Borealis, Cobalt, partnership

Sponsored by Borealis Inc. and its partner Cobalt Ltd.

Related Articles

Borealis Inc. raises $12m in Series B round led by Cobalt Ltd.

Cobalt Ltd. opens Asian headquarters in Singapore

Leave a Reply

Great that Borealis Inc. and Cobalt Ltd. teamed up!

We use cookies. Borealis Inc. and its partners invested $5m in Cobalt Ltd. to store them.

© 2023 Borealis Inc., a joint venture with Cobalt Ltd. All rights reserved.
"""
PAGE = f"""\
<!doctype html><html><head><title>{TITLE} | Wire</title>
<meta property="og:title" content="{TITLE}">
<meta property="article:published_time" content="2023-05-04"></head><body>
<nav><ul><li>Home</li><li>Borealis Inc. and Cobalt Ltd. form joint venture</li></ul></nav>
<article><h1>{TITLE}</h1><p>{BODY[0]}</p><figure><img src="a.jpg"><figcaption>{BETWEEN[0]}
</figcaption></figure><p>{BODY[1]}</p><p>{BODY[2]}</p></article>
<aside><h3>Related</h3><ul><li>Cobalt Ltd. opens headquarters in Singapore</li></ul></aside>
<section id="comments"><h3>Leave a Reply</h3><p>Borealis Inc. and Cobalt Ltd. team up.</p></section>
<footer>© 2023 Borealis Inc., a joint venture with Cobalt Ltd.</footer></body></html>"""
PASTED = "\n\n".join(
    [BEFORE.strip(), TITLE, BODY[0], *BETWEEN[:3], BODY[1], *BETWEEN[3:], BODY[2], AFTER]
)


@pytest.fixture(params=ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.param
    return chosen


def words_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from words_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner)
    elif isinstance(value, str):
        yield value


def check(result: bx.Result) -> None:
    assert {r.company.name for r in result.headquarters if r.company} == {"Brightwater SA"}
    for record in result.records:
        for evidence in record.evidence:
            assert result.text[evidence.start : evidence.end] == evidence.text
        words = " ".join(words_of(record.model_dump(mode="json")))
        for name in ("Borealis", "Cobalt", "Leeds", "Singapore", "Twitter", "Jane Doe"):
            assert name not in words


def test_web_page(engine: Engine) -> None:
    result = bx.extract(html=PAGE, url="https://wire.example/1", engine=engine)
    assert (result.title, result.date, result.url) == (
        TITLE,
        "2023-05-04",
        "https://wire.example/1",
    )
    assert result.text.startswith(TITLE)
    check(result)


def test_text_copied_from_a_page(engine: Engine) -> None:
    result = bx.extract(PASTED, engine=engine)
    assert result.text == PASTED
    check(result)


def test_furniture_alone_has_no_records(engine: Engine) -> None:
    assert bx.extract("\n\n".join([BEFORE, *BETWEEN, AFTER]), engine=engine).records == ()


def test_furniture_changes_nothing_but_offsets(engine: Engine) -> None:
    plain = bx.extract("\n\n".join([TITLE, *BODY]), engine=engine)
    around = bx.extract("\n\n".join([BEFORE, TITLE, *BODY, AFTER]), engine=engine)
    assert [words(r) for r in around.records] == [words(r) for r in plain.records]


def words(record: bx.Record) -> Any:
    """A record without offsets and confidence."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            passed_over = {"start", "end", "confidence"}
            return {k: strip(v) for k, v in value.items() if k not in passed_over}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return strip(record.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("given", "says"),
    [({}, "not NoneType; give a text"), ({"item": "Acme", "html": "<p>Acme</p>"}, "not both")],
)
def test_text_or_page(given: Any, says: str) -> None:
    with pytest.raises(bx.InputError, match=says):
        bx.extract(**given)


def test_a_text_in_another_language_is_told(engine: Engine) -> None:
    text = (
        "Brightwater SA wird seinen europäischen Hauptsitz nach Gent verlegen, teilte die Firma am "
        "Montag mit. Mit Verhaegen NV wurde ein Joint Venture für Pumpen vereinbart."
    )
    result = bx.extract(text, engine=engine)
    assert result.records == ()
    assert result.warnings == ("the text is in German; only English is read",)
