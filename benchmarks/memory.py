"""Memory over many documents: `python benchmarks/memory.py [DOCUMENTS] [ENGINE]`.

Every document has words of its own, as news does, so that a vocabulary that only grows would show.
Prints what the process holds after each tenth, in MB.

5,000 documents, engine both, PyTorch installed beside: 1,145 MB after 1,000 documents, 1,151 MB
after 5,000; 50,000, with the results of the last tenth held: 1,333 MB after 10,000, 1,350 MB at the
end; 776,484 strings all along. Needs psutil.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator

import psutil
from articles import word

from bizextract._extractor import Extractor

FORMS = [
    "{a} Inc. will move its headquarters to {c} next year, the company said on Monday.",
    "{a} and {b} have formed a joint venture to build {d} in {c}.",
    "{a} raised ${n}.{m}m in a Series B round led by {b} Capital.",
    "Analysts had expected {n},{m}00 {d} from {a}, which {b} makes in {c}.",
]


def documents(number: int) -> Iterator[str]:
    draw = random.Random(7)
    for _ in range(number):
        a, b, c, d = (word(draw) for _ in range(4))
        values = {"n": draw.randint(1, 99), "m": draw.randint(1, 9)}
        names = {"a": a.title(), "b": b.title(), "c": c.title(), "d": d}
        yield " ".join(form.format(**names, **values) for form in FORMS)


def main(number: int, engine: str) -> None:
    extractor = Extractor(engine=engine)  # type: ignore[arg-type]
    process = psutil.Process()
    began = time.perf_counter()
    print(f"{'documents':>10} {'MB':>8} {'strings':>9} {'records':>9} {'seconds':>8}")
    records, step = 0, max(1, number // 10)
    for read, result in enumerate(extractor.pipe(documents(number)), 1):
        records += len(result.records)
        if read % step and read != number:
            continue
        held = process.memory_info().rss / 1e6
        seconds = time.perf_counter() - began
        strings = len(extractor.nlp.vocab.strings)
        print(f"{read:>10,} {held:>8.1f} {strings:>9,} {records:>9,} {seconds:>8.1f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000, (sys.argv[2:] or ["both"])[0])
