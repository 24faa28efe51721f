"""Web pages: their main text, headline and day, and what is left out."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract._html import read_page
from bizextract._text import Article, Problem, read_articles
from bizextract.errors import InputError

PAGE = """\
<!doctype html><html lang="en"><head>
<title>Brightwater to open head office in Ghent | Daily Wire</title>
<meta property="og:title" content="Brightwater to open head office in Ghent">
<meta property="article:published_time" content="2023-05-04T09:00:00Z">
<script>fetch("https://wire.example/track")</script>
</head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/m">Markets</a></li></ul></nav>
<div class="cookie-banner">We use cookies. <button>Accept all cookies</button></div>
<article><h1>Brightwater to open head office in Ghent</h1><p class="byline">By Jane Doe</p>
<p>Brightwater SA will open its European head office in <b>Ghent</b> next year, the company said on
Thursday. It has looked for a site since January and has now found one by the river.</p>
<figure><img src="https://wire.example/x.jpg">
<figcaption>Photo: Borealis and Cobalt at work</figcaption></figure>
<p>The move will bring 300 jobs, said its chief executive Ann Roe. &ldquo;We like Ghent &amp; its
port,&rdquo; she said, and the city&#39;s council was pleased to hear it.</p>
</article>
<aside><h3>Related</h3><ul><li><a href="/a">Delta and Echo join forces</a></li></ul></aside>
<div id="comments"><h3>Leave a Reply</h3><p>Great that Foxtrot and Golf teamed up</p></div>
<footer>© 2023 Daily Wire. All rights reserved.</footer>
</body></html>"""


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a page was to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("page", [PAGE, PAGE.encode()], ids=["string", "bytes"])
def test_main_text_title_and_date(page: str | bytes) -> None:
    found = read_page(page)
    assert found.title == "Brightwater to open head office in Ghent"
    assert found.date == "2023-05-04"
    assert found.text.split("\n\n")[0] == found.title
    assert "said on Thursday." in found.text.replace("\n", " ")
    assert "“We like Ghent & its port,”" in found.text
    for word in ("Home", "cookies", "Borealis", "Delta", "Foxtrot", "Reply", "rights", "fetch"):
        assert word not in found.text


def test_bytes_are_decoded_as_they_declare() -> None:
    page = "<html><head><meta charset='latin-1'></head><body><p>Zürich wins Acme.</p></body></html>"
    assert read_page(page.encode("latin-1")).text == "Zürich wins Acme."


@pytest.mark.parametrize(
    "part",
    [
        "<p>Acme will move to Lyon.</p>",
        "<div>Acme will move to Lyon.</div>",
        "<body>Acme will move to Lyon.</body>",
        "Acme will <em>move</em> to Lyon.",
    ],
)
def test_a_part_of_a_page_is_read_too(part: str) -> None:
    assert read_page(part).text == "Acme will move to Lyon."


def test_a_day_in_the_prose_is_not_the_date() -> None:
    page = "<h1>Acme moves</h1><p>Acme moved on 4 May 2011, and in 2012 it moved back.</p>"
    assert read_page(page).date is None


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (None, "html must be a string or bytes, not NoneType"),
        (7, "html must be a string or bytes, not int: '7'"),
        ("", "the page holds no main text"),
        (b"", "the page holds no main text"),
        ("<html><body><script>document.write('Acme')</script></body></html>", "no main text"),
        ("<p>" * 10_000, "no main text"),
    ],
)
def test_what_is_no_page_is_refused(page: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_page(page)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 220


@given(st.text(), st.sampled_from(["{}", "<p>{}</p>", "<html><body>{}</body></html>", "<a {}>"]))
def test_any_string_gives_a_text_or_an_error_of_ours(text: str, frame: str) -> None:
    try:
        found = read_page(frame.format(text.replace("{", "(")))
    except InputError:
        return
    assert found.text.strip()
    assert Article(found.text, title=found.title, date=found.date).text == found.text


def test_article() -> None:
    article = Article.from_html(PAGE, "https://wire.example/1", id="w1")
    assert article.title == "Brightwater to open head office in Ghent"
    assert article.full_text == article.text
    assert (article.date, article.url, article.id) == ("2023-05-04", "https://wire.example/1", "w1")
    assert Article.from_html(PAGE, date="2020-01-01", title="Mine").date == "2020-01-01"


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE)
    (tmp_path / "b.htm").write_text("<nav></nav>")
    (tmp_path / "c.jsonl").write_text('{"html": "<p>Acme moves to Lyon.</p>", "id": "c"}\n')
    first, problem, last = read_articles([str(tmp_path)], date="2024-01-01")
    assert isinstance(first, Article)
    assert first.date == "2023-05-04"  # its own, not the default
    assert isinstance(problem, Problem)
    assert "no main text" in problem.reason
    assert last == Article("Acme moves to Lyon.", date="2024-01-01", id="c")
