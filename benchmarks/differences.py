"""What triage changes, record by record: `python benchmarks/differences.py GOLD [--list]`.

Reads the documents of a gold file (any JSONL with texts will do) with and without triage, pairs the
records that tell of the same passage, and counts those that differ, by cause:

- ``no trigger``: the sentence has no trigger of a frame, so it was not read;
- ``screen``: the fitted screen ruled the sentence out;
- ``focus``: the reader saw the sentence and found it unlikely, so that the rules did not;
- ``score``: both readings propose the record, and its score crosses the combiner's floor in one;
- ``values``: both have the record and some of its values differ; which roles is told, or that a
  name is given in a fuller form (``names``), which is read elsewhere in the text.

Other aliases of a name and the place of the words that a value was read from make no difference.

With ``--list`` each of them is printed, with the document's id and what the record says.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from spacy.tokens import Doc

from bizextract import Article, Extractor, Record
from bizextract._triage import split_sentences, words_of
from bizextract.components.extensions import source_of

ASIDE = {"confidence", "evidence", "spans", "source", "type"}
WORDS = {"text", "start", "end", "aliases"}
BEFORE = ("bizextract_sentences", "bizextract_reader", "bizextract_focus")


class Difference(NamedTuple):
    """A record that triage changes."""

    document: str
    which: str
    type: str
    cause: str
    says: str


def main() -> None:
    """Read the arguments, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("texts", type=Path, help="JSONL with id and text in each line")
    parser.add_argument("--engine", default="both", choices=("both", "reader", "rules"))
    parser.add_argument("--list", action="store_true", help="print every difference")
    args = parser.parse_args()
    narrow = Extractor(engine=args.engine)
    whole = Extractor(engine=args.engine, triage=False)
    lines = [json.loads(line) for line in args.texts.read_text(encoding="utf-8").splitlines()]
    articles = [Article(text=d["text"], id=d.get("id"), date=d.get("date")) for d in lines]
    same = documents = 0
    found: list[Difference] = []
    for article, a, b in zip(articles, narrow.pipe(articles), whole.pipe(articles), strict=True):
        pairs = list(_paired(a.records, b.records))
        differing = [_difference(article, x, y, narrow) for x, y in pairs if not _equal(x, y)]
        same += len(pairs) - len(differing)
        documents += bool(differing)
        found += differing
    for difference in found if args.list else ():
        print("\t".join(difference))
    print(f"{same} records are the same; {len(found)} differ, in {documents} of {len(articles)} "
          "documents")  # fmt: skip
    for (which, cause), number in sorted(Counter((d.which, d.cause) for d in found).items()):
        print(f"  {which:22} {cause:40} {number:4}")


def _paired(
    one: Sequence[Record], other: Sequence[Record]
) -> Iterator[tuple[Record | None, Record | None]]:
    """Pair records of one type that share a passage, those that agree in most values first."""
    ranked = sorted(
        (
            (_agreement(x, y), i, j)
            for i, x in enumerate(one)
            for j, y in enumerate(other)
            if x.type == y.type and _overlap(x, y)
        ),
        key=lambda entry: (-entry[0], entry[1], entry[2]),
    )
    left, right = dict(enumerate(one)), dict(enumerate(other))
    for _, i, j in ranked:
        if i in left and j in right:
            yield left.pop(i), right.pop(j)
    yield from ((x, None) for x in left.values())
    yield from ((None, y) for y in right.values())


def _overlap(x: Record, y: Record) -> bool:
    return any(a.start < b.end and b.start < a.end for a in x.evidence for b in y.evidence)


def _values(record: Record) -> dict[str, object]:
    found = {k: v for k, v in record.model_dump(mode="json").items() if k not in ASIDE}
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: object) -> object:
    """A value without the words that it was read from."""
    if isinstance(value, list):
        return sorted(map(_plain, value), key=repr)
    if isinstance(value, dict):
        if value.keys() == {"text", "start", "end"}:
            return value["text"].casefold()
        return {k: _plain(v) for k, v in value.items() if k not in WORDS}
    return value


def _names(record: Record) -> dict[str, list[set[str]]]:
    """By role, what each of its organisations is called."""
    found: dict[str, list[set[str]]] = {}
    for role, value in record.model_dump(mode="json").items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "aliases" in item:
                found.setdefault(role, []).append({item["name"], *item["aliases"]})
    return found


def _only_named_otherwise(x: Record, y: Record, role: str) -> bool:
    one, other = _names(x).get(role, []), _names(y).get(role, [])
    return len(one) == len(other) > 0 and all(any(a & b for b in other) for a in one)


def _agreement(x: Record, y: Record) -> int:
    one, other = _values(x), _values(y)
    return sum(one[name] == other[name] for name in one)


def _equal(x: Record | None, y: Record | None) -> bool:
    return x is not None and y is not None and _values(x) == _values(y)


def _difference(
    article: Article, x: Record | None, y: Record | None, narrow: Extractor
) -> Difference:
    if x is not None and y is not None:
        one, other = _values(x), _values(y)
        roles = [name for name in one if one[name] != other[name]]
        named = [role for role in roles if _only_named_otherwise(x, y, role)]
        told = sorted({"names" if role in named else role for role in roles})
        which, cause = "in both", f"values: {', '.join(told) if len(told) == 1 else 'several'}"
    elif x is None:
        assert y is not None
        which, cause = "only without triage", _why_lost(article, y, narrow)
    else:
        which, cause = "only with triage", "score"
    record = x or y
    assert record is not None
    says = " | ".join(e.text for e in record.evidence)
    return Difference(str(article.id), which, record.type, cause, " ".join(says.split())[:200])


def _why_lost(article: Article, record: Record, narrow: Extractor) -> str:
    """Where the sentences of a record were left out."""
    assert narrow.triage is not None
    text = article.full_text
    doc = narrow._doc(article, 0, len(text))
    if doc is None or not _holds(doc, record):
        sentences = [
            text[a:b]
            for a, b in split_sentences(text)
            if any(a < e.end and e.start < b for e in record.evidence)
        ]
        triggered = any(narrow.triage.triggers(words_of(sentence)) for sentence in sentences)
        return "screen" if triggered else "no trigger"
    for name, pipe in narrow.nlp.pipeline:
        if name not in BEFORE:
            break
        doc = pipe(doc)
    return "score" if _holds(doc, record) else "focus"


def _holds(doc: Doc, record: Record) -> bool:
    """Whether any of a record's evidence stands in what is left of a text."""
    tokens = [(start, start + len(t)) for start, t in zip(source_of(doc)[1], doc, strict=True)]
    return any(a < e.end and e.start < b for a, b in tokens for e in record.evidence)


if __name__ == "__main__":
    main()
