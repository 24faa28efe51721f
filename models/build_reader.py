"""Build the reader's weights from gold: `python models/build_reader.py GOLD ... -o DIR`.

Gold without texts (standoff annotations) takes them by id from the files given as --texts, JSON
lines, gzipped or not. The same gold, seed and machine give the same weights.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from rich.progress import Progress

from bizextract._train.fit import Settings
from bizextract._train.labels import read_gold
from bizextract._train.reader import train_reader


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    yield from (json.loads(line) for line in text.split("\n") if line.strip())


def main() -> None:
    """Read the arguments, train, write the four files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--texts", nargs="*", type=Path, default=[])
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    texts = {doc["id"]: doc for path in args.texts for doc in _lines(path)}
    docs = read_gold(args.gold, texts)
    settings = Settings(epochs=args.epochs, seed=args.seed)
    with Progress() as bar:
        task = bar.add_task(f"{len(docs)} documents", total=None)
        model = train_reader(
            docs,
            settings,
            lambda step, steps, _: bar.update(task, completed=step, total=steps),
            {"documents": len(docs), "epochs": settings.epochs, "seed": settings.seed},
        )
    model.save(args.out)


if __name__ == "__main__":
    main()
