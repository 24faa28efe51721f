"""The viewer and notebook output in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bizextract.display import render, result_html
from bizextract.records import (
    Evidence,
    HeadquartersOpening,
    Investment,
    Money,
    Organization,
    Partnership,
    Place,
    Record,
    Result,
    Status,
)

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, which .ci/run installs"),
]

HOSTILE = (
    "</script><script>alert('one')</script><!-- <img src=x onerror=\"alert('two')\"> "
    "<style>body { display: none }</style> & \"double\" 'single' `back` \U0001f600 é"
)


def span(words: str, text: str) -> dict[str, Any]:
    start = text.index(words)
    return {"text": words, "start": start, "end": start + len(words)}


def organization(name: str, text: str, after: str = "") -> Organization:
    start = text.index(name, text.index(after))
    return Organization(name=name, text=name, start=start, end=start + len(name))


def document(
    number: int, company: str, status: Status, *, confidence: float = 0.9, n_lines: int = 3
) -> Result:
    """A document with an opening at its beginning and an investment at its end."""
    opening = f"{company} opens its head office in Lyon."
    money = f"Larkspur puts $2m into {company}."
    filler = "\n\n".join(f"The weather on day {line} was fair." for line in range(n_lines))
    text = f"{company} moves\n\n{opening}\n\n{filler}\n\nIn other news, {money}"
    return Result(
        id=f"wire-{number}",
        text=text,
        date="2024-05-01",
        records=(
            HeadquartersOpening(
                company=organization(company, text, opening),
                location=Place(name="Lyon", country="FR", **span("Lyon", text)),
                status=status,
                confidence=confidence,
                evidence=(Evidence(**span(opening, text)),),
            ),
            Investment(
                investors=(organization("Larkspur", text),),
                target=organization(company, text, money),
                amount=Money(value="2000000", currency="USD", **span("$2m", text)),
                confidence=0.5,
                evidence=(Evidence(**span(money, text)),),
            ),
        ),
    )


def team_up() -> Result:
    text = "Pelican and Gannet team up in solar power."
    partners = (organization("Pelican", text), organization("Gannet", text))
    evidence = (Evidence(**span(text, text)),)
    record = Partnership(partners=partners, confidence=0.7, evidence=evidence)
    return Result(id="wire-3", text=text, records=(record,))


RESULTS = [
    document(0, "Acme", "completed", n_lines=80),
    document(1, "Brightwater", "planned"),
    Result(id="wire-2", text="A quiet day, with nothing to report."),
    team_up(),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page on which nothing may go wrong, no dialog open and nothing be loaded."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    wrong: list[str] = []

    def dismiss(dialog: Any) -> None:
        wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def requested(request: Any) -> None:
        if not request.url.startswith("file:"):
            wrong.append(f"request: {request.url}")

    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("dialog", dismiss)
    page.on("request", requested)
    yield page
    page.close()
    assert wrong == []


@pytest.fixture
def open_view(page: Any, tmp_path: Path) -> Callable[[list[Result]], None]:
    def call(results: list[Result]) -> None:
        path = tmp_path / "view.html"
        render(results, path, title="Wire")
        page.goto(path.as_uri())

    return call


Open = Callable[[list[Result]], None]


def titles(page: Any) -> list[str]:
    """The titles in the list."""
    found: list[str] = page.locator("[role=option]:visible .bx-name").all_inner_texts()
    return found


def count(page: Any) -> str:
    text: str = page.locator("#count").inner_text()
    return text


def lit(page: Any) -> str:
    """The words that are lit up."""
    return "".join(page.locator("#text mark.bx-lit").all_text_contents())


def focused(page: Any) -> str:
    where: str = page.evaluate(
        "() => document.activeElement.id || document.activeElement.parentNode.dataset.record"
    )
    return where


def test_click_on_a_record_lights_up_its_evidence(page: Any, open_view: Open) -> None:
    open_view(RESULTS)
    evidence = page.locator("#text mark", has_text="Larkspur")
    assert lit(page) == ""
    assert page.evaluate("document.querySelector('#text').scrollTop") == 0
    page.get_by_role("button", name="2 investment completed 0.50").click()
    assert lit(page) == "Larkspur puts $2m into Acme."
    box, pane = evidence.bounding_box(), page.locator("#text").bounding_box()
    assert pane["y"] < box["y"] < pane["y"] + pane["height"]
    assert page.evaluate("document.querySelector('#text').scrollTop") > 500
    assert page.locator(".bx-card.bx-lit").get_attribute("data-record") == "1"

    page.get_by_text("opens its head office").click()  # and from the text to the record
    assert lit(page) == "Acme opens its head office in Lyon."
    assert page.locator(".bx-card.bx-lit").get_attribute("data-record") == "0"


def test_a_hover_tells_role_value_and_confidence(page: Any, open_view: Open) -> None:
    open_view(RESULTS)
    tip = page.locator("#text mark", has_text="$2m").get_attribute("title")
    assert "amount: USD 2,000,000" in tip
    assert "confidence 0.50" in tip


def test_list_opens_documents(page: Any, open_view: Open) -> None:
    open_view(RESULTS)
    assert titles(page) == [
        "Acme moves",
        "Brightwater moves",
        "A quiet day, with nothing to report.",
        "Pelican and Gannet team up in solar power.",
    ]
    assert count(page) == "4 documents, 5 records"
    page.get_by_role("option", name="A quiet day").click()
    assert page.locator("#text").inner_text() == "A quiet day, with nothing to report."
    assert page.locator("#records").inner_text() == "no records"
    page.get_by_role("option", name="Brightwater").click()
    assert page.locator("#text").text_content() == RESULTS[1].text
    assert page.get_by_role("main", name="Brightwater moves").is_visible()


def settle(page: Any, expected: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('#count').textContent === words", arg=expected
    )


def test_filters(page: Any, open_view: Open) -> None:
    open_view(RESULTS)
    page.get_by_role("checkbox", name="partnership").check(force=True)
    settle(page, "1 of 4 documents, 1 record")
    assert titles(page) == ["Pelican and Gannet team up in solar power."]
    assert page.get_by_role("heading", level=2).inner_text().startswith("Pelican")
    page.get_by_role("checkbox", name="headquarters opening").check(force=True)
    settle(page, "3 of 4 documents, 3 records")
    page.get_by_role("button", name="Clear").click()
    settle(page, "4 documents, 5 records")

    page.get_by_role("checkbox", name="planned").check(force=True)
    settle(page, "1 of 4 documents, 1 record")
    assert titles(page) == ["Brightwater moves"]
    assert page.locator(".bx-card:visible").count() == 1  # the investment is completed
    assert page.locator("#text mark", has_text="$2m").get_attribute("class") == "bx-none"
    page.get_by_role("button", name="Clear").click()
    settle(page, "4 documents, 5 records")

    page.get_by_label("company").fill("gannet")
    settle(page, "1 of 4 documents, 1 record")
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("confidence").fill("0.8")
    settle(page, "2 of 4 documents, 2 records")
    assert page.locator("output").inner_text() == "0.80"
    page.get_by_label("company").fill("nobody")
    settle(page, "No document passes the filters")
    assert page.locator(".bx-card").count() == 0
    assert page.locator("#text").is_hidden()


def test_search(page: Any, open_view: Open) -> None:
    open_view(RESULTS)
    search = page.get_by_role("searchbox", name="Search texts and records")
    search.fill("SOLAR power")
    settle(page, "1 of 4 documents, 1 record")
    assert page.locator("#text").inner_text() == RESULTS[3].text
    marked = "() => [...CSS.highlights.get('hits')].map((range) => range.toString())"
    assert page.evaluate(marked).count("solar") == 2  # in the title and in the text
    search.fill("2,000,000 acme")  # a value of a record, and a word of the text
    settle(page, "1 of 4 documents, 2 records")
    search.fill("nowhere")
    settle(page, "No document passes the filters")
    search.press("Escape")
    settle(page, "4 documents, 5 records")


def test_keyboard_alone(page: Any, open_view: Open) -> None:
    open_view(RESULTS)
    press = page.keyboard.press
    press("/")
    assert focused(page) == "search"
    press("ArrowDown")
    assert focused(page) == "list"
    active = "() => document.querySelector('#list').getAttribute('aria-activedescendant')"
    assert page.evaluate(active) == "document-0"
    press("ArrowDown")
    assert page.evaluate(active) == "document-1"
    assert page.get_by_role("option", selected=True).count() == 1
    assert page.get_by_role("option", selected=True).inner_text().startswith("Brightwater")
    press("End")
    assert page.evaluate(active) == "document-3"
    press("Home")
    assert page.evaluate(active) == "document-0"

    press("Enter")
    assert focused(page) == "0"
    press("ArrowDown")
    assert focused(page) == "1"
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    assert lit(page) == ""
    press("Enter")
    assert lit(page) == "Larkspur puts $2m into Acme."
    assert page.get_by_role("button", pressed=True).count() == 1
    press("Escape")
    assert lit(page) == ""
    assert focused(page) == "1"
    press("Escape")
    assert focused(page) == "list"


def test_tab_order(page: Any, open_view: Open) -> None:
    open_view(RESULTS)
    order = []
    for _ in range(14):
        page.keyboard.press("Tab")
        name = page.evaluate("() => document.activeElement.value || ''")
        order.append(name if name and name != "0" else focused(page))
    filters = [
        "search",
        "company",
        "confidence",
        "headquarters_opening",
        "partnership",
        "investment",
    ]
    assert order[:6] == filters
    assert order[6:] == ["completed", "planned", "list", "text", "0", "1", *order[12:]]


@pytest.mark.parametrize("results", [[], [Result(id="x", error="text is too long")]])
def test_page_of_nothing(page: Any, open_view: Open, results: list[Result]) -> None:
    open_view(results)
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#notes").inner_text() == ("not read: text is too long" if results else "")


def test_results_without_texts(page: Any, open_view: Open) -> None:
    open_view([result.model_copy(update={"text": ""}) for result in RESULTS])
    assert "have no texts" in page.locator("#notes").inner_text()
    page.get_by_role("button", name="2 investment completed 0.50").click()
    assert lit(page) == "Larkspur puts $2m into Acme."
    assert "[…]" in page.locator("#text").inner_text()


def test_of_a_thousand_documents_one_is_laid_out(
    page: Any, open_view: Open, tmp_path: Path
) -> None:
    results = [document(n, f"Company {n % 40}", "planned", n_lines=80) for n in range(1000)]
    assert sum(len(result.text) for result in results) > 2_500_000
    path = tmp_path / "many.html"
    render(results, path)
    page.goto(path.as_uri())
    page.wait_for_function("() => document.querySelectorAll('[role=option]').length === 1000")
    page.locator(".bx-card").first.wait_for()
    assert page.locator("#text mark").count() < 50
    page.get_by_role("searchbox").first.fill('"Company 39"')
    settle(page, "25 of 1,000 documents, 50 records")


def test_a_hostile_text_stays_text(page: Any, open_view: Open) -> None:
    party = organization(HOSTILE, HOSTILE)
    record = Partnership(partners=(party, party), evidence=(Evidence(**span(HOSTILE, HOSTILE)),))
    hostile = Result(
        id=HOSTILE, title=HOSTILE, text=HOSTILE, date=HOSTILE, url="javascript:alert(1)",
        warnings=(HOSTILE,), records=(record,),
    )  # fmt: skip
    open_view([hostile, *RESULTS])
    assert page.locator("#text").text_content() == HOSTILE
    assert page.locator("body *:is(img, style, iframe)").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("a").count() == 0
    assert page.locator("#text mark").get_attribute("title").count(HOSTILE) == 2
    page.get_by_role("searchbox").first.fill("onerror=")
    settle(page, "1 of 5 documents, 1 record")
    page.get_by_role("button", name="1 partnership").click()
    assert lit(page) == HOSTILE


def test_notebook_output_of_a_hostile_text(page: Any) -> None:
    record = Partnership(evidence=(Evidence(**span(HOSTILE, HOSTILE)),))
    page.set_content(result_html(Result(id=HOSTILE, text=HOSTILE, records=(record,))))
    assert page.locator(".bx-text").text_content() == HOSTILE
    assert page.locator("body *:is(img, script, iframe)").count() == 0
    assert page.locator("body").is_visible()


CONTRASTS = """() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const over = (...colors) => {  // the colours painted one over the other, as r, g, b
    for (const color of colors) {
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
    }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map(
      (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest('script, style, [disabled]')
        || !element.checkVisibility()) continue;
    const grounds = [];
    for (let e = element; e; e = e.parentElement) {
      grounds.unshift(getComputedStyle(e).backgroundColor);
    }
    let opacity = 1;
    for (let e = element; e; e = e.parentElement) opacity *= getComputedStyle(e).opacity;
    const ground = luminance(over('white', ...grounds));
    const solid = getComputedStyle(element).color;
    const color = `color-mix(in srgb, ${solid} ${100 * opacity}%, transparent)`;
    const ink = luminance(over('white', ...grounds, color));
    const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    const isDark = element.matches('.bx-number') ? ink < 0.2 : ground < 0.2;  // inverted
    found.push({ words: node.data.trim().slice(0, 40), ratio, isDark });
  }
  return found;
}"""


def check_contrast(page: Any, *, dark: bool) -> None:
    found = page.evaluate(CONTRASTS)
    assert len(found) > 20
    assert [f for f in found if f["ratio"] < 4.5] == []  # as WCAG AA asks
    assert {f["isDark"] for f in found} == {dark}


EVERY_STATUS = Result(
    id="wire-5",
    text="Acme. Brightwater.",
    records=tuple(
        Partnership(status=status, confidence=0.5)
        for status in ("completed", "planned", "rumoured", "cancelled", "denied")
    ),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_viewer_is_readable(page: Any, open_view: Open, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_view([*RESULTS, EVERY_STATUS])
    check_contrast(page, dark=scheme == "dark")
    page.get_by_role("button", name="2 investment completed 0.50").click()
    page.get_by_role("checkbox", name="investment").check(force=True)
    settle(page, "2 of 5 documents, 2 records")
    check_contrast(page, dark=scheme == "dark")


@pytest.mark.parametrize(
    ("around", "scheme", "dark"),
    [
        ("<body>", "light", False),
        ("<body>", "dark", True),
        ('<body data-jp-theme-light="false">', "light", True),
        ('<body data-jp-theme-light="true">', "dark", False),
        ('<body class="vscode-dark">', "light", True),
    ],
)
def test_notebook_output_is_readable(page: Any, around: str, scheme: Any, dark: bool) -> None:
    page.emulate_media(color_scheme=scheme)
    shown: list[Result | Record] = [RESULTS[1], EVERY_STATUS, *RESULTS[1].records]
    page.set_content(around + "".join(one._repr_html_() for one in shown))
    check_contrast(page, dark=dark)


def test_notebook_card_lights_up_its_words(page: Any) -> None:
    page.set_content(result_html(RESULTS[3]) + result_html(RESULTS[1]))
    color = "(mark) => getComputedStyle(mark).backgroundColor"
    opening = page.locator("mark", has_text="opens its head office")
    money = page.locator("mark", has_text="$2m")
    before = opening.evaluate(color), money.evaluate(color)
    page.locator(".bx-card", has_text="investors").hover()
    assert money.evaluate(color) == before[1]
    assert opening.evaluate(color) == "rgba(0, 0, 0, 0)" != before[0]


def test_records_of_one_passage_are_reached_in_turn(page: Any, open_view: Open) -> None:
    text = "Pelican and Gannet team up, and Pelican and Osprey too."
    whole = (Evidence(**span(text, text)),)
    records: tuple[Record, ...] = tuple(
        Partnership(
            partners=(organization("Pelican", text), organization(name, text)), evidence=whole
        )
        for name in ("Gannet", "Osprey")
    )
    open_view([Result(text=text, records=records)])
    words = page.locator("#text mark", has_text="team up")
    assert page.locator("#text mark").first.get_attribute("data-begins") == "1 2"
    for number in ("0", "1", "0"):
        words.click()
        assert page.locator(".bx-card.bx-lit").get_attribute("data-record") == number
