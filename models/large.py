"""Write a pipeline whose reader is the teacher: `python models/large.py FOLDER`.

`bizextract.load("FOLDER")` opens it. It finds more than the one that ships, and takes longer;
README.md has the figures. The reader is the teacher as `data/teacher.safetensors` has it, which has
seen no gold, in int8; the combiners are in `data/large/`. It needs the extra bizextract[train] and
the packages of the teacher's starting weights.

With `--parts PARTS`, what `build.py --keep PARTS` wrote, the combiners are fitted before, on what
the teacher and the rules find in what the screens of the parts let through of gold.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from build import HERE, SHARED, read_teacher
from validate import read_parts

from bizextract._combine import Combiner
from bizextract._pipeline import DEFAULT_ENGINE, build
from bizextract._reader_model import ReaderModel
from bizextract._train.export import export
from bizextract._train.project import COMBINED, fit_combiners, save
from bizextract.evaluation import read_gold

COMBINERS = HERE / "data" / "large"


def main() -> None:
    """Read the arguments, write the pipeline."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=tuple(COMBINED), default=DEFAULT_ENGINE)
    parser.add_argument("--parts", type=Path, help="fit the combiners anew, with these screens")
    parser.add_argument("--gold", type=Path, default=SHARED / "eval" / "train.gold.jsonl")
    args = parser.parse_args()
    reader = ReaderModel(export(read_teacher(), {"encoder": "MPNet"}))
    if args.parts is not None:
        parts = [part._replace(reader=reader) for part in read_parts(args.parts)]
        for engine, combiner in fit_combiners(list(read_gold(args.gold)), parts).items():
            COMBINERS.mkdir(exist_ok=True)
            (COMBINERS / f"{engine}.json").write_text(combiner.to_json(), encoding="utf-8")
    combiner = Combiner.read(COMBINERS / f"{args.engine}.json")
    save(build(args.engine), args.folder, reader, combiner)


if __name__ == "__main__":
    main()
