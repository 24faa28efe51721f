"""Words a second of each engine, as a ratio to the plain base pipeline.

    python benchmarks/throughput.py --texts news.jsonl --runs 5

Everything runs in one process and on one thread, turn by turn: in each run the base pipeline goes
through the texts (`for _ in base.pipe(texts)`), then each engine. Machines are noisy, so the
figures are ratios of medians over the runs. `--texts` takes JSONL with a `text` in each line;
without it, texts are made from templates with a fixed seed, a tenth of which announce something.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

from articles import make_article  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from bizextract import Article, Extractor  # noqa: E402
from bizextract._base import load_base  # noqa: E402
from bizextract._train.screen import is_held_out  # noqa: E402
from bizextract._triage import readable_passages  # noqa: E402
from bizextract.components.passages import doc_of_passages  # noqa: E402


def main() -> None:
    """Read the arguments, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--texts", type=Path, help="JSONL with a text in each line")
    parser.add_argument("--with-records", action="store_true", help="only lines that hold records")
    parser.add_argument("--held-out", action="store_true", help="only texts new to the screen")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=int, default=1000, help="how many texts")
    parser.add_argument("--engines", nargs="*", default=["both", "reader", "rules"])
    args = parser.parse_args()
    texts = (_texts(args) if args.texts else _made(args.limit))[: args.limit]
    words = sum(len(text.split()) for text in texts)

    base = load_base()
    engines = {name: Extractor(engine=name) for name in args.engines}
    ways: dict[str, Callable[[], object]] = {"base": lambda: _drain(base.pipe(texts))}
    for name, extractor in engines.items():
        ways[name] = lambda e=extractor: _drain(e.pipe(texts))  # type: ignore[misc]
    for way in ways.values():  # what is loaded on first use
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(args.runs):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)

    plain = statistics.median(seconds["base"])
    table = Table(title=f"{len(texts):,} texts, {words:,} words, medians of {args.runs} runs")
    for column in ("engine", "words/s", "times base", "lowest", "highest", "read", "focused"):
        table.add_column(column, justify="left" if column == "engine" else "right")
    for name, times in seconds.items():
        ratios = sorted(b / t for b, t in zip(seconds["base"], times, strict=True))
        shares = ("", "") if name == "base" else _shares(engines[name], texts, words)
        median = statistics.median(times)
        table.add_row(name, f"{words / median:,.0f}", f"{plain / median:.1f}",
                      f"{ratios[0]:.1f}", f"{ratios[-1]:.1f}", *shares)  # fmt: skip
    console = Console(width=120)
    console.print(table)
    for name, extractor in engines.items():
        console.print(f"[bold]{name}[/bold]: microseconds a word of the stream, by step")
        for step, spent in _steps(extractor, texts).items():
            console.print(f"  {step:24} {1e6 * spent / words:8.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"peak memory of the process, all engines loaded: {peak:,.0f} MB")


def _drain(items: Iterator[object]) -> None:
    for _ in items:
        pass


def _texts(args: argparse.Namespace) -> list[str]:
    lines = map(json.loads, args.texts.read_text(encoding="utf-8").splitlines())
    return [
        line["text"]
        for line in lines
        if (line.get("records") or not args.with_records)
        and (not args.held_out or is_held_out(line["id"]))
    ]


def _made(count: int) -> list[str]:
    """Texts from templates, always the same."""
    rng = random.Random(0)
    return [make_article(rng) for _ in range(count)]


def _shares(extractor: Extractor, texts: list[str], words: int) -> tuple[str, str]:
    """The share of words that the reader, and the pipes after it, are given."""
    read = focused = 0
    for text in texts:
        doc = extractor._doc(Article(text=text), 0, len(text))
        if doc is None:
            continue
        read += sum(not t.is_space for t in doc)
        for name, pipe in extractor.nlp.pipeline:
            if name not in {"bizextract_sentences", "bizextract_reader", "bizextract_focus"}:
                break
            doc = pipe(doc)
        focused += sum(not t.is_space for t in doc)
    # Tokens are more than words; both shares are of the tokens that the words come to.
    per_word = 1.15
    return f"{read / words / per_word:.1%}", f"{focused / words / per_word:.1%}"


def _steps(extractor: Extractor, texts: list[str]) -> dict[str, float]:
    """Seconds by step, documents read one by one."""
    spent: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        spent[step] = spent.get(step, 0.0) + time.perf_counter() - start

    for text in texts:
        with timed("triage"):
            passages = readable_passages(text, None, extractor.triage)
        if not passages:
            continue
        with timed("tokenizer"):
            doc = doc_of_passages(extractor.nlp, text, passages, clean=True)
        for name, pipe in extractor.nlp.pipeline:
            with timed(name):
                doc = pipe(doc)
    return spent


if __name__ == "__main__":
    main()
