"""What a network alone sees in gold that it was not fitted on: `python models/judge.py FILE`.

FILE is a network that `build.py --keep FOLDER` wrote, such as `FOLDER/start.safetensors`; without
one, the teacher is judged. Both have seen no gold. Figures: average precision of "this sentence
carries an event", by type and over all, and F1 of roles in the sentences that carry one. They are
for comparing networks; `validate.py` gives those of records.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from build import SHARED, read_network, read_teacher
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score

from bizextract._reader_runtime import TAG_COLUMNS, best_tags, build_windows, role_spans
from bizextract._reader_schema import TYPES
from bizextract._train.fit import has_bfloat16, load_tokenizer
from bizextract._train.labels import Sample, fold_of
from bizextract._train.losses import bounds_of, encode, tag_targets
from bizextract._train.network import Network
from bizextract._train.reader import labelled
from bizextract.evaluation import read_gold

FEWEST = 20
"""A role that stands less often is left out of the table; it counts in the sum."""
Labels = set[tuple[str, int, int]]


def main() -> None:
    """Read the arguments, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("network", type=Path, nargs="?")
    parser.add_argument("--gold", type=Path, default=SHARED / "eval" / "train.gold.jsonl")
    parser.add_argument("--fold", type=int, help="only this third of the documents, from 0")
    args = parser.parse_args()
    network = read_teacher() if args.network is None else read_network(args.network)
    documents = [
        document.model_dump(mode="json")
        for document in read_gold(args.gold)
        if args.fold in (None, fold_of(document.id, 3))
    ]
    with torch.no_grad():
        show(*judge(network, labelled(documents)))


def judge(
    network: Network, samples: Sequence[Sample]
) -> tuple[dict[str, tuple[list[bool], list[float]]], dict[str, Counter[str]]]:
    """Give for each type truth and probability of each sentence, and hits and misses by role."""
    tokenizer, bf16 = load_tokenizer(), has_bfloat16()
    events: dict[str, tuple[list[bool], list[float]]] = {type_: ([], []) for type_ in TYPES}
    roles: dict[str, Counter[str]] = {}
    for sample in samples:
        for window in build_windows(tokenizer, sample.words, sample.sentences):
            (states,) = encode(network, [window], bf16)
            odds = network.events(network.sentences(states, bounds_of(window))).sigmoid()
            place = {int(word): i for i, word in enumerate(window.words)}
            for number, (sentence, start, end) in enumerate(window.sentences):
                for t, type_ in enumerate(TYPES):
                    if (sentence, type_) in sample.masked:
                        continue
                    told = [e for e in sample.events if e.type == type_ and sentence in e.sentences]
                    truth, probability = events[type_]
                    truth.append(bool(told))
                    probability.append(float(odds[number, t]))
                    if told:
                        scores = network.tags(TAG_COLUMNS[type_], states[start:end])
                        found = set(role_spans(type_, best_tags(scores.numpy())))
                        wanted = tag_targets(told, type_, place, start, end).tolist()
                        count(roles, type_, found, set(role_spans(type_, wanted)))
    return events, roles


def count(roles: dict[str, Counter[str]], type_: str, found: Labels, wanted: Labels) -> None:
    """Add a sentence's hits and misses."""
    for kind, some in (
        ("right", found & wanted), ("wrong", found - wanted), ("missed", wanted - found),
    ):  # fmt: skip
        for role, _, _ in some:
            roles.setdefault(f"{type_}.{role}", Counter())[kind] += 1


def show(events: dict[str, tuple[list[bool], list[float]]], roles: dict[str, Counter[str]]) -> None:
    """Print the figures."""
    table = Table("what", "figure", "of how many")
    truth = [t for some, _ in events.values() for t in some]
    odds = [p for _, some in events.values() for p in some]
    for name, some, probability in (
        ("events", truth, odds), *((name, *pair) for name, pair in events.items()),
    ):  # fmt: skip
        precision = average_precision_score(some, probability)
        table.add_row(f"{name}, average precision", f"{precision:.3f}", str(sum(some)))
    table.add_section()
    total = sum(roles.values(), Counter[str]())
    for name, counts in (("roles", total), *sorted(roles.items())):
        number = counts["right"] + counts["missed"]
        if number >= FEWEST:
            f1 = 2 * counts["right"] / (number + counts["right"] + counts["wrong"])
            table.add_row(f"{name}, F1", f"{f1:.3f}", str(number))
    Console().print(table)


if __name__ == "__main__":
    main()
