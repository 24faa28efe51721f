"""Build what is learned, from gold to the files that ship: `python models/build.py`.

Three steps, each seeded:

1. The gold is read out of fold: for each part of it, a reader is fitted on the rest.
2. A combiner for each engine is fitted on the rules' and those readers' proposals.
3. The reader that ships is fitted on all gold, on articles of our own writing
   (`data/written.jsonl`) and on our annotations of the unlabelled corpus
   (`data/annotations.jsonl`, which hold no texts).

It needs the extra bizextract[train], an hour or more on two cores, and the files that the options
name.
"""

from __future__ import annotations

import argparse
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from rich.progress import Progress

from bizextract._gold import GoldDocument
from bizextract._train.fit import Settings
from bizextract._train.project import events_of, fit_combiners
from bizextract._train.reader import out_of_fold, train_reader
from bizextract.evaluation import read_gold

HERE = Path(__file__).parent
DATA = HERE.parent / "src" / "bizextract" / "data"
SHARED = HERE.parent.parent / "shared"
OUT_OF_FOLD = Settings(epochs=7, rate=1.5e-4, average=0.98)
SHIPPED = Settings(epochs=5, rate=1.2e-4, average=0.995)
EMPTY_SHARE = 400
"""Of 1,000 annotated documents without a record, so many are kept, by a hash of their id."""


def main() -> None:
    """Read the arguments, fit, write the files that ship."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gold", type=Path, default=SHARED / "eval" / "train.gold.jsonl")
    parser.add_argument("--texts", type=Path, default=SHARED / "corpus" / "stream.jsonl.gz")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    gold = read_gold(args.gold)
    docs = [document.model_dump(mode="json") for document in gold]
    with Progress() as bar:
        proposals = {
            sample.id: events_of(sample, found)
            for sample, found in out_of_fold(docs, args.folds, OUT_OF_FOLD, _watch(bar, "folds"))
        }
        written = [d.model_dump(mode="json") for d in read_gold(HERE / "data" / "written.jsonl")]
        annotated = list(read_annotations(HERE / "data" / "annotations.jsonl", args.texts))
        about = {"gold": len(docs), "written": len(written), "annotated": len(annotated)}
        reader = train_reader([*docs, *annotated, *written], SHIPPED, _watch(bar, "reader"), about)
    reader.save(DATA / "reader")
    write_combiners(gold, proposals)


def write_combiners(gold: list[GoldDocument], proposals: dict[str, Any]) -> None:
    """Fit the combiners and write them to the package."""
    for engine, combiner in fit_combiners(gold, proposals).items():
        (DATA / "combiner" / f"{engine}.json").write_text(combiner.to_json(), encoding="utf-8")


def read_annotations(path: Path, texts: Path) -> Iterator[dict[str, Any]]:
    """Give the standoff annotations with their texts, as gold.

    A passage is a pair of offsets there; a document without a record is kept by `EMPTY_SHARE`.
    """
    content = gzip.decompress(texts.read_bytes()).decode("utf-8")
    corpus = {doc["id"]: doc["text"] for doc in map(json.loads, content.splitlines())}
    for line in path.read_text(encoding="utf-8").splitlines():
        doc = json.loads(line)
        if not doc["records"] and zlib.crc32(("y" + doc["id"]).encode()) % 1000 >= EMPTY_SHARE:
            continue
        text = corpus[doc["id"]]
        for record in doc["records"]:
            for role in {"evidence", "fields"} & record.keys():
                record[role] = [text[start:end] for start, end in record[role]]
        yield {**doc, "text": text}


def _watch(bar: Progress, stage: str) -> Any:
    task = bar.add_task(stage, total=None)
    return lambda step, steps, _: bar.update(task, completed=step, total=steps)


if __name__ == "__main__":
    main()
