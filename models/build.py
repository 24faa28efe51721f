"""Build what is learned, from gold to the files that ship: `python models/build.py`.

Five steps, each seeded:

1. A network is fitted on articles of our own writing (`data/written.jsonl`) and on our annotations
   of the unlabelled corpus (`data/annotations.jsonl`, which hold no texts).
2. From there, a reader is fitted on each two thirds of the gold, together with the written articles
   that tell of headquarters, of which the gold has few.
3. The reader that ships is fitted on all gold, in the same way as those of step 2.
4. The screen of the triage is fitted on the gold, the written articles and what that reader sees in
   three quarters of the unlabelled corpus; the rest is left for benchmarks. `--screen` does this
   step alone, with the reader that is there.
5. A combiner for each engine is fitted on what the readers of step 2, and the rules, find in the
   third that each has not seen.

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
from bizextract._reader_model import ReaderModel
from bizextract._train.fit import Settings, fit
from bizextract._train.project import fit_combiners
from bizextract._train.reader import labelled, out_of_fold, train_reader
from bizextract._train.screen import fit_screen, is_held_out, told_in, told_of
from bizextract.evaluation import read_gold

HERE = Path(__file__).parent
DATA = HERE.parent / "src" / "bizextract" / "data"
SHARED = HERE.parent.parent / "shared"
FIRST = Settings(epochs=4, rate=1.5e-4, average=0.99)
THEN = Settings(epochs=4, rate=1.0e-4, average=0.98, head_rate=5e-4)
FOLDS = 3
EMPTY_SHARE = 400
"""Of 1,000 annotated documents without a record, so many are kept, by a hash of their id."""


def main() -> None:
    """Read the arguments, fit, write the files that ship."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gold", type=Path, default=SHARED / "eval" / "train.gold.jsonl")
    parser.add_argument("--texts", type=Path, default=SHARED / "corpus" / "stream.jsonl.gz")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--screen", action="store_true", help="fit the screen alone")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    gold = read_gold(args.gold)
    written = read_gold(HERE / "data" / "written.jsonl")
    if args.screen:
        write_screen([*gold, *written], args.texts, ReaderModel.load(DATA / "reader"))
        return
    annotated = list(read_annotations(HERE / "data" / "annotations.jsonl", args.texts))
    docs, own, more = _plain(gold), _plain(written), _plain(annotated)
    headquarters = [d for d in own if any("company" in r for r in d["records"])]
    with Progress() as bar:
        start = fit(labelled([*more, *own]), FIRST, _watch(bar, "first"))
        about = {"gold": len(docs), "written": len(own), "annotated": len(more)}
        reader = train_reader([*docs, *headquarters], THEN, _watch(bar, "reader"), about, start)
        reader.save(DATA / "reader")
        # The combiners are fitted on what the screen lets through.
        write_screen([*gold, *written], args.texts, reader)
        parts = out_of_fold(docs, FOLDS, THEN, _watch(bar, "out of fold"), headquarters, start)
        for engine, combiner in fit_combiners(gold, parts).items():
            path = DATA / "combiner" / f"{engine}.json"
            path.write_text(combiner.to_json(), encoding="utf-8")


def write_screen(documents: list[GoldDocument], texts: Path, reader: ReaderModel) -> None:
    """Fit the screen and write it to the package."""
    read = [doc["text"] for doc in read_corpus(texts) if not is_held_out(doc["id"])]
    screen = fit_screen([*told_of(documents), *told_in(read, reader)])
    content = screen.model_dump(mode="json")
    path = DATA / "screen.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def _plain(documents: list[GoldDocument]) -> list[dict[str, Any]]:
    return [document.model_dump(mode="json") for document in documents]


def read_corpus(path: Path) -> list[dict[str, Any]]:
    """Give the documents of the unlabelled corpus."""
    content = gzip.decompress(path.read_bytes()).decode("utf-8")
    return [json.loads(line) for line in content.splitlines()]


def read_annotations(path: Path, texts: Path) -> Iterator[GoldDocument]:
    """Give the standoff annotations with their texts, as gold.

    A passage is a pair of offsets there; a document without a record is kept by `EMPTY_SHARE`.
    """
    corpus = {doc["id"]: doc["text"] for doc in read_corpus(texts)}
    for line in path.read_text(encoding="utf-8").splitlines():
        doc = json.loads(line)
        if not doc["records"] and zlib.crc32(("y" + doc["id"]).encode()) % 1000 >= EMPTY_SHARE:
            continue
        text = corpus[doc["id"]]
        for record in doc["records"]:
            for role in {"evidence", "fields"} & record.keys():
                record[role] = [text[start:end] for start, end in record[role]]
        yield GoldDocument.model_validate({**doc, "text": text})


def _watch(bar: Progress, stage: str) -> Any:
    task = bar.add_task(stage, total=None)
    return lambda step, steps, _: bar.update(task, completed=step, total=steps)


if __name__ == "__main__":
    main()
