"""Build what is learned, from gold to the files that ship: `python models/build.py`.

Four steps, each seeded:

1. A network is fitted on articles of our own writing (`data/written/`), on our annotations of the
   unlabelled corpus (`data/annotations.jsonl`, which hold no texts) and on the rest of three
   quarters of that corpus, under a teacher: a network with an encoder eight times as large, fitted
   on what is ours, that does not ship. Of what is not annotated the teacher alone says something.
2. From there, a reader is fitted on all gold, and one on each two thirds of it, together with the
   written articles that tell of headquarters, of which the gold has few, under the same teacher.
   Each is the mean of what was fitted and the network of step 1. The first is the one that ships.
3. Screens of the triage are fitted on gold, the written articles and what that reader sees in three
   quarters of the unlabelled corpus; the rest is left for benchmarks. One is of all gold, and
   ships, one of each two thirds.
4. A combiner for each engine is fitted on what the readers of two thirds, and the rules, find in
   what their screens let through of the third that they have not seen.

With `--keep FOLDER` the network of step 1 and the readers and screens of two thirds are written
there too; `--start FOLDER/start.safetensors` goes on from that network, which has seen no gold, and
`validate.py FOLDER` gives figures by those readers.

What fitting changed in the teacher's starting weights is kept in `data/teacher.safetensors`;
`--fit-teacher` fits it before, going on from that file where it is there, which takes about as long
as all the rest.

It needs the extra bizextract[train], the starting weights of both networks, 100 minutes on two
cores and 16 GB, and the files that the options name.
"""

from __future__ import annotations

import argparse
import gzip
import json
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.progress import Progress, TaskID
from safetensors.torch import load_file, save_file
from torch import Tensor

from bizextract._gold import GoldDocument
from bizextract._train.changes import apply_changes, changes_between
from bizextract._train.encoders import TeacherEncoder
from bizextract._train.fit import Settings
from bizextract._train.labels import Sample
from bizextract._train.network import Network
from bizextract._train.project import Part, fit_combiners, fit_readers
from bizextract._train.reader import fit_together, labelled, unlabelled
from bizextract._train.screen import fit_screen, is_held_out, told_in, told_of
from bizextract._triage import Screen
from bizextract.evaluation import read_gold

HERE = Path(__file__).parent
DATA = HERE.parent / "src" / "bizextract" / "data"
SHARED = HERE.parent.parent / "shared"
TEACHER_FILE = HERE / "data" / "teacher.safetensors"
OWN = Settings(average=0.99, condense=0.8, keep=0.3)
"""How networks are fitted on what is ours; the two below say what else."""
TEACHER = replace(OWN, epochs=2, batch=8, rate=6e-4, head_rate=1e-3, dropout=0.0, rank=16)
TAUGHT = replace(
    OWN, epochs=5, fresh=2, batch=8, rate=2e-4, dropout=0.0, trust=0.7, state_weight=3.0
)
THEN = Settings(
    epochs=3, fresh=1, rate=5e-5, head_rate=5e-4, swap=0.8, mask=0.1, condense=0.85, keep=0.2,
    trust=0.5, tag_weight=3.0, stay=0.25,
)  # fmt: skip
"""Gently: more epochs or a higher rate on gold know the gold better, and unseen text worse."""
FOLDS = 3
EMPTY_SHARE = 400
"""Of 1,000 annotated documents without a record, so many are kept, by a hash of their id."""


def main() -> None:
    """Read the arguments, fit, write the files that ship."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--gold", type=Path, nargs="+", default=[SHARED / "eval" / "train.gold.jsonl"]
    )
    parser.add_argument("--texts", type=Path, default=SHARED / "corpus" / "stream.jsonl.gz")
    parser.add_argument("--workers", type=int, default=2, help="readers fitted at a time")
    parser.add_argument("--keep", type=Path, help="folder for what does not ship")
    parser.add_argument("--fit-teacher", action="store_true", help="fit the teacher first")
    parser.add_argument("--start", type=Path, help="the network of step 1, from such a folder")
    args = parser.parse_args()
    torch.set_num_threads(args.workers)
    gold = [document for path in args.gold for document in read_gold(path)]
    paths = sorted((HERE / "data" / "written").glob("*.jsonl"))
    written = [document for path in paths for document in read_gold(path)]
    annotated = list(read_annotations(HERE / "data" / "annotations.jsonl", args.texts))
    unheld = [doc for doc in read_corpus(args.texts) if not is_held_out(doc["id"])]
    headquarters = [d for d in written if any(r.type == "headquarters_opening" for r in d.records)]
    about = {"gold": len(gold), "written": len(written), "annotated": len(annotated)}
    with Progress() as bar:
        watch = _watch(bar)
        own: list[Sample] = []
        if args.fit_teacher or args.start is None:
            own = labelled(_plain([*annotated, *written]))
        if args.fit_teacher:
            fit_teacher(own, partial(watch, "teacher"))
        teacher = read_teacher()
        if args.start is not None:
            start = read_network(args.start)
        else:
            known = {sample.id for sample in own}
            other = [doc for doc in unheld if doc["id"] not in known]
            samples = [*own, *unlabelled(other)]
            start = fit_together(samples, TAUGHT, partial(watch, "first"), teacher=teacher)
        if args.keep is not None:
            save_network(start, args.keep / "start.safetensors")
        reader, parts = fit_readers(
            gold, FOLDS, THEN, watch,
            extra=headquarters, start=start, teacher=teacher, about=about, workers=args.workers,
        )  # fmt: skip
    reader.save(DATA / "reader")
    seen = list(told_in((doc["text"] for doc in unheld), reader))

    def screen_without(held_out: Collection[str]) -> Screen:
        known = [document for document in gold if document.id not in held_out]
        return fit_screen([*told_of([*known, *written]), *seen])

    write_screen(screen_without(()))
    parts = [part._replace(screen=screen_without(part.held_out)) for part in parts]
    if args.keep is not None:
        for number, part in enumerate(parts):
            save_part(part, args.keep / f"part-{number}")
    for engine, combiner in fit_combiners(gold, parts).items():
        path = DATA / "combiner" / f"{engine}.json"
        path.write_text(combiner.to_json(), encoding="utf-8")


def write_screen(screen: Screen) -> None:
    """Write the screen to the package."""
    content = screen.model_dump(mode="json")
    path = DATA / "screen.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def save_network(network: Network, path: Path) -> None:
    """Write a network's weights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), path)


def read_network(path: Path) -> Network:
    """Read what `save_network` wrote."""
    network = Network()
    network.load_state_dict(load_file(path))
    network.eval()
    return network


def fit_teacher(own: list[Sample], progress: Callable[[int, int], None]) -> None:
    """Fit the teacher, from its file where it is there, and write what that changed."""
    start = read_teacher() if TEACHER_FILE.exists() else None
    fitted = fit_together(own, TEACHER, progress, start, encoder=TeacherEncoder)
    save_file(changes_between(teacher_base(), fitted.state_dict()), TEACHER_FILE)


def teacher_base() -> dict[str, Tensor]:
    """Give the weights that the teacher starts from; its heads start from nothing."""
    encoder = TeacherEncoder()
    encoder.load_base()
    return {f"encoder.{name}": weight for name, weight in encoder.state_dict().items()}


def read_teacher() -> Network:
    """Give the teacher, from its starting weights and what was changed in them."""
    network = Network(encoder=TeacherEncoder)
    network.load_state_dict(apply_changes(teacher_base(), load_file(TEACHER_FILE)))
    network.eval()
    return network


def save_part(part: Part, folder: Path) -> None:
    """Write a reader, what it can be judged on and its screen."""
    assert part.screen is not None
    part.reader.save(folder)
    (folder / "held_out.json").write_text(json.dumps(sorted(part.held_out)), encoding="utf-8")
    (folder / "screen.json").write_text(part.screen.model_dump_json(), encoding="utf-8")


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
        if not doc["records"] and _hash("y" + doc["id"]) >= EMPTY_SHARE:
            continue
        text = corpus[doc["id"]]
        for record in doc["records"]:
            for role in {"evidence", "fields"} & record.keys():
                record[role] = [text[start:end] for start, end in record[role]]
        yield GoldDocument.model_validate({**doc, "text": text})


def _hash(text: str) -> int:
    return zlib.crc32(text.encode()) % 1000


def _watch(bar: Progress) -> Callable[[str, int, int], None]:
    tasks: dict[str, TaskID] = {}
    tenths: set[tuple[str, int]] = set()

    def show(stage: str, step: int, steps: int) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage)
        bar.update(tasks[stage], completed=step, total=steps)
        tenth = (stage, 10 * step // steps)
        # A bar is for terminals; a log file has lines.
        if not bar.console.is_terminal and tenth not in tenths:
            tenths.add(tenth)
            bar.console.print(f"{stage}: {step} of {steps} steps")

    return show


if __name__ == "__main__":
    main()
