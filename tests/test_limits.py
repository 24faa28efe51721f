"""Hostile and huge inputs: time grows in line with length, memory stays bounded."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial

import pytest

from bizextract._extractor import Extractor
from bizextract._text import pieces_of, readable
from helpers import grows, spent

pytestmark = pytest.mark.model

EVENT = "Harlow Foods Inc. will move its headquarters from Porto to Lyon next year."


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(engine="reader")


@pytest.fixture(scope="module")
def default() -> Extractor:
    return Extractor()


@pytest.fixture(scope="module")
def thorough() -> Extractor:
    """The default engine, which reads every sentence, as each might hold an event."""
    return Extractor(triage=False)


def companies(length: int) -> list[str]:
    return [f"Company{i} Inc." for i in range(length // 16)]


def bare_names(length: int) -> list[str]:
    """Names without a legal suffix, each of which might shorten any longer one."""
    sounds = ["ba", "co", "di", "fu", "ge", "ha", "jo", "ki", "lu", "me", "no", "pa", "ra", "si"]
    size = len(sounds)
    heads = ("".join(sounds[i // size**k % size] for k in range(4)) for i in range(7, 10**6, 11))
    return [head.title() for head in itertools.islice(heads, length // 11)]


HOSTILE: dict[str, Callable[[int], str]] = {
    "one token": lambda n: "a" * n,
    "one token of capitals": lambda n: "A" * n,
    "digits": lambda n: "1" * n,
    "nested quotes": lambda n: "“" * (n // 2) + EVENT + "”" * (n // 2),
    "nested quotes, spaced": lambda n: "“ " * (n // 4) + EVENT + " ”" * (n // 4),
    "nested brackets": lambda n: "(" * (n // 2) + EVENT + ")" * (n // 2),
    "only names": lambda n: ", ".join(companies(n)),
    "partners": lambda n: (
        ", ".join(companies(n)) + " and Harlow Foods Inc. formed a joint venture."
    ),
    "coordinated": lambda n: (
        ", ".join(bare_names(n)) + " and Harlow Foods formed a joint venture in wind power."
    ),
    "names that shorten each other": lambda n: (
        ", ".join(f"Harlow {name}, Harlow" for name in bare_names(n // 2)) + "."
    ),
    "names and what stands for them": lambda n: " ".join(
        f"{name} grew. The company hired." for name in bare_names(n // 3)
    ),
    "abbreviations": lambda n: "Inc. " * (n // 5),
    "sums": lambda n: "$12m " * (n // 5),
    "no end of a sentence": lambda n: "Harlow said that " * (n // 17) + "it grew.",
    "paragraphs": lambda n: "A\n\n" * (n // 3),
}


@pytest.mark.parametrize("form", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_in_line_with_length(thorough: Extractor, form: Callable[[int], str]) -> None:
    thorough.extract(form(1000))
    short, long = form(4000), form(8000)
    assert not grows(lambda: thorough.extract(short), lambda: thorough.extract(long), most=3.5)


@pytest.mark.parametrize("form", HOSTILE.values(), ids=HOSTILE)
def test_a_million_characters(extractor: Extractor, form: Callable[[int], str]) -> None:
    text = form(1_000_000)
    result = extractor.extract(text)
    assert result.text == text


@pytest.mark.long
@pytest.mark.parametrize("form", HOSTILE.values(), ids=HOSTILE)
def test_a_million_characters_by_default(default: Extractor, form: Callable[[int], str]) -> None:
    text = form(1_000_000)
    assert default.extract(text).text == text


def test_ten_thousand_nested_quotes(default: Extractor) -> None:
    for opens, closes in ("“”", "()", ("“ ", " ”")):
        few, many = (f"{EVENT}\n\n{opens * n}{EVENT}{closes * n}" for n in (1_000, 10_000))
        read = default.extract
        assert not grows(partial(read, few), partial(read, many), most=20)
        assert read(many).headquarters


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["reader", pytest.param("both", marks=pytest.mark.long)])
def test_ten_megabytes(engine: str) -> None:
    code = f"""
import resource
from bizextract._extractor import Extractor
reader = Extractor(engine={engine!r})
reader.extract({EVENT!r})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
filler = "The river ran high that spring, and the town was glad of it.\\n\\n"
text = filler * 82_000 + {EVENT!r} + "\\n\\n" + filler * 82_000
assert len(text) > 10_000_000
result = reader.extract(text)
(record,) = result.records
assert record.company.start == text.index("Harlow")
for evidence in record.evidence:
    assert text[evidence.start : evidence.end] == evidence.text
assert "pieces" in result.warnings[0]
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=500
    )
    assert done.stderr == ""
    assert int(done.stdout) < 300  # MB


@pytest.mark.parametrize("engine", ["extractor", "default"])
def test_a_long_text_has_the_records_of_its_pieces(
    engine: str, request: pytest.FixtureRequest
) -> None:
    extractor: Extractor = request.getfixturevalue(engine)
    filler = "The river ran high that spring, and the town was glad of it.\n\n" * 500
    result = extractor.extract(f"{EVENT}\n\n{filler}{EVENT}")
    first, last = result.headquarters
    assert first.company is not None
    assert last.company is not None
    assert (first.company.start, last.company.start) == (0, len(result.text) - len(EVENT))
    for record in (first, last):
        for value in (record.company, record.location, record.origin, *record.evidence):
            assert value is not None
            assert result.text[value.start : value.end] == value.text


@pytest.mark.parametrize(
    "text", ["", "a", "a" * 100, "a b " * 30, "Acme grew. " * 20, "a\n\n" * 50, "\n" * 90]
)
def test_pieces_are_the_whole_text(text: str) -> None:
    found = list(pieces_of(text, limit=20))
    assert "".join(text[start:end] for start, end in found) == text
    assert all(end - start <= 20 for start, end in found)
    assert len(found) <= max(1, len(text) // 10)


def test_furniture_keeps_its_length() -> None:
    text = "Moves\n\nShare this:\n\nAcme grew (Photo: Jane Doe) fast.\n\nFollow us:\n"
    blank, stretches = readable(text)
    assert len(blank) == len(text)
    assert blank.split() == ["Moves", "Acme", "grew", "fast."]
    assert [text[a:b] for a, b in stretches] == ["Moves", "Acme grew", "fast."]
    assert "\n" not in blank[blank.index("Acme") : blank.index("fast.")]


# --- regular expressions ---------------------------------------------------------------------

ATTACK = """
import importlib, pkgutil, re, sys, time

compile, found = re.compile, {}

def recording(pattern, flags=0):
    made = compile(pattern, flags)
    if "bizextract" in sys._getframe(1).f_code.co_filename:
        found[made.pattern, made.flags] = made
    return made

re.compile = recording
import bizextract
for module in pkgutil.walk_packages(bizextract.__path__, "bizextract."):
    if not any(part in module.name for part in ("_train", "__main__", "spark")):
        importlib.import_module(module.name)
from bizextract._extractor import Extractor
Extractor(engine="reader", triage=False).extract(
    "Acme Inc. will open its head office in Lyon on May 3, 2018, for $5m to $6m with Borealis "
    "(NYSE: B). It hired 300 people, or 20 percent.", date="2018-01-01")
re.compile = compile

UNITS = ["a", "A", "1", " ", "\\n", ".", "-", "(", '"', "“", "'", "&", "|", "a ", "A ", "A.", "A-",
         "1,", "1 ", "$1 ", "A, ", "(A", "Aa and ", "of ", "May 1 ", "one ", "million ", "Inc. ",
         "$1 million to ", "Photo: ", "By A ", "a@", "www.", "share this ", "10 percent ", "Q1 "]
def spent(pattern, text):
    began = time.process_time()
    pattern.fullmatch(text)
    # Some are only ever asked for a whole word or line, whose start is known.
    if not pattern.pattern.startswith("[a-z]+[A-Z]"):
        for _ in pattern.finditer(text):
            pass
    return time.process_time() - began

# Four times the length is four times the work, or sixteen times where each start looks ahead to
# the end; three loops inside each other are 64 times, and one that doubles never comes back.
slow = []
for pattern in found.values():
    for unit in UNITS:
        short, long = ((unit * length)[:length] + "\\x00" for length in (500, 2000))
        once, fourfold = spent(pattern, short), spent(pattern, long)
        if fourfold > 32 * once + 0.1:
            slow.append((once, fourfold, unit, pattern.pattern[:60]))
print(len(found), slow)
"""


def test_no_pattern_backtracks_without_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ATTACK], capture_output=True, text=True, check=True, timeout=300
    )
    number, _, slow = done.stdout.strip().partition(" ")
    assert int(number) >= 50
    assert slow == "[]"


def test_the_attack_finds_what_it_looks_for() -> None:
    text = "a" * 24 + "\x00"
    assert spent(lambda: re.fullmatch(r"(a+)+", text)) > 0.05


def test_the_attack_tells_three_loops_from_two() -> None:
    three, two = re.compile(r"a*a*b"), re.compile(r"a*b")
    text = "a" * 1600
    assert spent(lambda: three.search(text)) > 32 * spent(lambda: three.search(text[:400]))
    assert spent(lambda: two.search(text)) < 32 * spent(lambda: two.search(text[:400])) + 0.1


# --- threads ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("engine", "rounds"), [("extractor", 5), ("default", 1)])
def test_threads_share_an_extractor(
    engine: str, rounds: int, request: pytest.FixtureRequest
) -> None:
    extractor: Extractor = request.getfixturevalue(engine)
    texts = [
        EVENT,
        "Alder AG and Birchwood Ltd. have formed a joint venture to build batteries in Hungary.",
        "Quill raised $12m in a Series B round led by Harrow Ventures.",
        "Nothing of note happened on Friday.",
    ]
    alone = [extractor.extract(text) for text in texts]
    assert sum(len(result.records) for result in alone) >= 3
    found: list[list[object]] = [[] for _ in range(6)]

    def read(number: int) -> None:
        for _ in range(rounds):
            found[number].append([extractor.extract(text) for text in texts])
            found[number].append(list(extractor.pipe(texts, batch_size=2)))

    threads = [threading.Thread(target=read, args=(number,)) for number in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[alone] * 2 * rounds] * len(found)
