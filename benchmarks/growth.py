"""How cost grows, and what the start costs: `python benchmarks/growth.py [PART …]`.

Parts, all of them by default:

- ``documents``: ten times the documents: seconds and peak memory.
- ``length``: one document of a megabyte, against the same sentences in short ones, by the word.
- ``processes``: two processes against one; beside it the plain base pipeline in two, which shows
  what the machine gives; and the processor time of all processes, which other work changes less.
- ``merge``: ten and thirty times the records brought together, by processor time: of many
  companies, and where five of them take part in a fifth of all.
- ``start``: the import, and loading each engine against the base pipeline alone.

Every figure comes from a process of its own, on one thread; figures are medians over ``--runs``.
The texts are made from the templates of `articles.py`, or those of a JSONL file (``--texts``).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

from articles import CITIES, make_article, word  # noqa: E402

if TYPE_CHECKING:
    from bizextract import Extractor, Result

MEGABYTE = 1_000_000
TEXTS = "BIZEXTRACT_BENCHMARK_TEXTS"
ENGINES = ("both", "reader", "rules")


def main() -> None:
    """Read the arguments and print what each part finds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "parts", nargs="*", default=list(PARTS), metavar="PART", help=", ".join(PARTS)
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--documents", type=int, default=1000, help="and ten times as many")
    parser.add_argument("--engine", default="both", choices=ENGINES)
    parser.add_argument("--texts", help="JSONL with a text in each line")
    parser.add_argument("--here", nargs=3, help=argparse.SUPPRESS)  # one measurement, in a child
    args = parser.parse_args()
    if args.texts:
        os.environ[TEXTS] = args.texts  # the children look there
    if args.here:
        what, engine, count = args.here
        MEASURES[what](engine, int(count))
        return
    if unknown := set(args.parts) - PARTS.keys():
        parser.error(f"no part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    for part in args.parts:
        PARTS[part](args.engine, args.documents, args.runs)


def _documents(engine: str, count: int, runs: int) -> None:
    few, many = (_median("stream", engine, n, runs) for n in (count, 10 * count))
    for number, (seconds, memory) in ((count, few), (10 * count, many)):
        print(f"documents: {number:,} in {seconds:.2f} s, peak {memory:,.0f} MB")
    print(f"  ten times: {many[0] / few[0]:.2f} times as long, peak {many[1] / few[1]:.3f} times")


def _length(engine: str, count: int, runs: int) -> None:
    short, long = (_median(what, engine, 1, runs) for what in ("short", "long"))
    print(
        f"length: a megabyte in short documents {short[0]:.2f} us a word, peak {short[1]:,.0f} MB"
    )
    print(f"  in one {long[0]:.2f} us a word ({long[0] / short[0]:.2f} times), {long[1]:,.0f} MB")


def _processes(engine: str, count: int, runs: int) -> None:
    for what, number in (("pipe", 5 * count), ("base", max(1, count // 4))):
        one, two = (_median(f"{what}{n}", engine, number, runs) for n in (1, 2))
        print(f"processes: {what}, {number:,} documents: one {one[0]:.2f} s, two {two[0]:.2f} s, "
              f"{one[0] / two[0]:.2f} times; processor time {one[1]:.2f} s and {two[1]:.2f} s, "
              f"{2 * one[1] / two[1]:.2f} times if evenly spread")  # fmt: skip


def _merge(_: str, count: int, runs: int) -> None:
    for what in ("merge", "hubs"):
        few, *more = (_median(what, "rules", n * count, runs) for n in (1, 10, 30))
        for times, (seconds, memory) in zip((1, 10, 30), (few, *more), strict=True):
            print(f"{what}: {times * count:,} records in {seconds:.2f} s, peak {memory:,.0f} MB, "
                  f"{seconds / few[0]:.1f} times as long")  # fmt: skip


def _start(engine: str, count: int, runs: int) -> None:
    base, _ = _median("load", "base", 1, runs)
    took, _ = _median("import", engine, 1, runs)
    print(f"start: import {took:.3f} s; the base pipeline {base:.2f} s, spaCy's import included")
    for name in ENGINES:
        seconds, memory = _median("load", name, 1, runs)
        print(f"  load {name}: {seconds:.2f} s, {seconds / base:.2f} times, {memory:,.0f} MB")


def _median(what: str, engine: str, count: int, runs: int) -> tuple[float, float]:
    """The median time and peak memory of a measurement, each run in a process of its own."""
    command = [sys.executable, __file__, "--here", what, engine, str(count)]
    found = []
    for _ in range(runs):
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.append(tuple(map(float, output.split()[-2:])))
    times, peaks = zip(*found, strict=True)
    return statistics.median(times), statistics.median(peaks)


# --- in a child ----------------------------------------------------------------------------------


def _tell(seconds: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(seconds, peak)


def _made(count: int) -> Iterator[str]:
    if path := os.environ.get(TEXTS):
        with open(path, encoding="utf-8") as lines:
            yield from (json.loads(line)["text"] for line in islice(lines, count))
        return
    rng = random.Random(1)
    yield from (make_article(rng) for _ in range(count))


def _stream(engine: str, count: int) -> None:
    extractor = _warm(engine)
    start = time.perf_counter()
    for _ in extractor.pipe(_made(count)):
        pass
    _tell(time.perf_counter() - start)


def _warm(engine: str) -> Extractor:
    from bizextract import Extractor

    extractor = Extractor(engine=engine)  # type: ignore[arg-type]
    for _ in extractor.pipe(_made(40)):  # what is loaded on first use
        pass
    return extractor


def _by_word(engine: str, texts: list[str]) -> None:
    extractor = _warm(engine)
    words = sum(len(text.split()) for text in texts)
    start = time.perf_counter()
    for _ in extractor.pipe(texts):
        pass
    _tell(1e6 * (time.perf_counter() - start) / words)


def _megabyte() -> list[str]:
    texts, size = [], 0
    for text in _made(10_000):
        if size + len(text) > MEGABYTE:
            break
        texts.append(text)
        size += len(text)
    return texts


def _pipe(processes: int) -> Callable[[str, int], None]:
    def measure(engine: str, count: int) -> None:
        extractor = _warm(engine)
        texts = list(_made(count))
        _tell_work(lambda: extractor.pipe(texts, n_process=processes))

    return measure


def _base(processes: int) -> Callable[[str, int], None]:
    def measure(_: str, count: int) -> None:
        from bizextract._base import load_base

        base = load_base()
        texts = list(_made(count))
        _tell_work(lambda: base.pipe(texts, n_process=processes, batch_size=50))

    return measure


def _tell_work(work: Callable[[], Iterable[object]]) -> None:
    """Print seconds and, in place of a peak of memory, the processor time of all processes."""
    start, before = time.perf_counter(), os.times()
    for _ in work():
        pass
    seconds, after = time.perf_counter() - start, os.times()
    print(seconds, sum(after[:4]) - sum(before[:4]))


def _results(count: int, hubs: float) -> Iterator[Result]:
    """Results of a record each, over ten years; a company comes in ten of them, or is a hub."""
    from bizextract import HeadquartersOpening, Investment, Organization, Partnership, Place, Result

    rng = random.Random(1)
    names = [f"{word(rng).title()} {number}" for number in range(max(5, count // 10))]

    def company() -> Organization:
        name = rng.choice(names[:5] if rng.random() < hubs else names)
        return Organization(text=name, start=0, end=len(name), name=name)

    for number in range(count):
        city, status = rng.choice(CITIES), rng.choice(["planned", "completed"])
        place = Place(text=city, start=0, end=len(city), name=city, city=city)
        record = rng.choice(
            [
                HeadquartersOpening(company=company(), location=place, status=status),
                Partnership(partners=(company(), company()), status=status),
                Investment(investors=(company(),), target=company(), status=status),
            ]
        )
        day = date(2015, 1, 1) + timedelta(days=rng.randrange(3650))
        yield Result(id=str(number), date=day.isoformat(), records=(record,))


def _joined(hubs: float) -> Callable[[str, int], None]:
    def measure(_: str, count: int) -> None:
        import bizextract

        results = list(_results(count, hubs))
        bizextract.merge(results[:100])  # what is loaded on first use
        start = time.process_time()
        bizextract.merge(results)
        _tell(time.process_time() - start)

    return measure


def _load(engine: str, _: int) -> None:
    start = time.perf_counter()
    if engine == "base":
        from bizextract._base import load_base

        load_base()
    else:
        import bizextract

        bizextract.load(engine=engine)  # type: ignore[arg-type]
    _tell(time.perf_counter() - start)


def _import(_engine: str, _: int) -> None:
    command = [sys.executable, "-c", "import time; a = time.perf_counter(); import bizextract; "
               "print(time.perf_counter() - a)"]  # fmt: skip
    _tell(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


PARTS: dict[str, Callable[[str, int, int], None]] = {
    "documents": _documents,
    "length": _length,
    "processes": _processes,
    "merge": _merge,
    "start": _start,
}
MEASURES: dict[str, Callable[[str, int], None]] = {
    "stream": _stream,
    "short": lambda engine, _: _by_word(engine, _megabyte()),
    "long": lambda engine, _: _by_word(engine, ["\n\n".join(_megabyte())]),
    "pipe1": _pipe(1),
    "pipe2": _pipe(2),
    "base1": _base(1),
    "base2": _base(2),
    "merge": _joined(0.0),
    "hubs": _joined(0.2),
    "load": _load,
    "import": _import,
}

if __name__ == "__main__":
    main()
