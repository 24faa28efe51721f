"""Figures for documents that nothing was fitted on: `python models/validate.py FOLDER`.

FOLDER is what `build.py --keep FOLDER` wrote: readers and screens of two thirds of the gold. Each
reads the third that it has not seen; a combiner is fitted on three quarters of what they find and
decides on the last quarter, four times. So every document is judged, by weights that have not seen
it.

With `--reader READER`, the folder of a reader that has seen no gold, that one reads all of them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bizextract._assemble import assemble
from bizextract._frames import Assembly
from bizextract._pipeline import Engine
from bizextract._reader_model import ReaderModel
from bizextract._train.combiner import Item, Settings, fit_combiner
from bizextract._train.labels import fold_of
from bizextract._train.project import COMBINED, Part, held_out_readings
from bizextract._triage import Screen
from bizextract.evaluation import Evaluation, evaluate, precision_recall_curve, read_gold, render

SHARED = Path(__file__).parent.parent.parent / "shared"
QUARTERS = 4
CONFIDENCES = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def main() -> None:
    """Read the arguments, print the figures of each engine."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gold", type=Path, default=SHARED / "eval" / "train.gold.jsonl")
    parser.add_argument("--engine", choices=tuple(COMBINED), action="append")
    parser.add_argument("--reader", type=Path, help="in place of those in FOLDER")
    args = parser.parse_args()
    gold = list(read_gold(args.gold))
    parts = read_parts(args.folder)
    if args.reader is not None:
        reader = ReaderModel.load(args.reader)
        parts = [part._replace(reader=reader) for part in parts]
    for engine in args.engine or COMBINED:
        rules, items = held_out_readings(engine, gold, parts)
        records = judged(items, rules, COMBINED[engine])
        show(engine, evaluate([document for document, _ in items], records))


def read_parts(folder: Path) -> list[Part]:
    """Read what `build.py --keep` wrote of the parts of gold."""
    return [_read_part(path) for path in sorted(folder.glob("part-*"))]


def _read_part(folder: Path) -> Part:
    ids = json.loads((folder / "held_out.json").read_text(encoding="utf-8"))
    return Part(ReaderModel.load(folder), frozenset(ids), Screen.read(folder / "screen.json"))


def judged(
    items: Sequence[Item], rules: Mapping[str, Assembly], settings: Settings
) -> dict[str, list[dict[str, Any]]]:
    """Give each document's records, by a combiner that was fitted on the other quarters."""
    found = {}
    for quarter in range(QUARTERS):
        others = [item for item in items if _quarter(item) != quarter]
        combiner = fit_combiner(others, rules, settings)
        for document, reading in items:
            if _quarter((document, reading)) == quarter:
                records = assemble(reading, rules, combiner)
                found[document.id] = [record.model_dump(mode="json") for record in records]
    return found


def _quarter(item: Item) -> int:
    # Apart from the readers' folds, which are of the same ids.
    return fold_of(f"quarter of {item[0].id}", QUARTERS)


def show(engine: Engine, evaluation: Evaluation) -> None:
    """Print figures, and precision and recall by the least confidence."""
    console = Console()
    console.rule(engine)
    render(evaluation, console=console)
    curve = precision_recall_curve(evaluation.judged, evaluation.found["all"].gold)
    for least in CONFIDENCES:
        point = next((p for p in reversed(curve) if p.threshold >= least), None)
        if point is not None:
            console.print(
                f"from {least}: precision {point.precision:.3f}, recall {point.recall:.3f}"
            )


if __name__ == "__main__":
    main()
