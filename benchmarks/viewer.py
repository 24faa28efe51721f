"""Opening the page of 1,000 documents in a browser: `python benchmarks/viewer.py [RUNS]`.

Prints the seconds from asking for the file until every document stands in the list and the first
record is laid out: the median of the runs, the lowest and the highest. Needs playwright and
chromium.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from bizextract.display import render
from bizextract.records import Evidence, HeadquartersOpening, Organization, Result

LISTED = "() => document.querySelectorAll('[role=option]').length === 1000"


def result(number: int) -> Result:
    """A document of 2,600 characters with one record."""
    name = f"Company {number % 40}"
    event = f"{name} opens its head office in Lyon."
    text = "\n\n".join([event, *(f"The weather on day {n} was fair." for n in range(80))])
    company = Organization(name=name, text=name, start=0, end=len(name))
    evidence = (Evidence(text=event, start=0, end=len(event)),)
    record = HeadquartersOpening(company=company, evidence=evidence)
    return Result(id=f"wire-{number}", text=text, records=(record,))


def main(runs: int) -> None:
    """Open the page some times and print how long it took."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "many.html"
        render([result(number) for number in range(1000)], path)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        seconds = []
        for _ in range(runs):
            page = browser.new_page()
            began = time.perf_counter()
            page.goto(path.as_uri())
            page.wait_for_function(LISTED)
            page.locator(".bx-card").first.wait_for()
            seconds.append(time.perf_counter() - began)
            page.close()
        browser.close()
        print(f"1,000 documents, {path.stat().st_size / 1e6:.1f} MB: median "
              f"{statistics.median(seconds):.2f} s of {runs} ({min(seconds):.2f} to "
              f"{max(seconds):.2f})")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
