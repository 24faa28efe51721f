"""Read a folder of articles into one Parquet file: python examples/folder_to_parquet.py

Needs the extra: pip install 'bizextract[tables]'
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import bizextract as bx


def articles(folder: Path) -> Iterator[bx.Article]:
    """The texts of a folder, one at a time; their names are their dates."""
    for path in sorted(folder.glob("*.txt")):
        yield bx.Article(path.read_text(encoding="utf-8"), id=path.name, date=path.stem)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "news")
    parser.add_argument("target", nargs="?", type=Path, default=Path("records.parquet"))
    options = parser.parse_args()

    bx.to_parquet(bx.extract_many(articles(options.folder)), options.target)

    table = pd.read_parquet(options.target)
    print(table[["document", "type", "status", "company", "location", "amount"]].to_string())
