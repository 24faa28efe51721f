"""How far confidences can be taken at their word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bizextract.errors import InputError


@dataclass(frozen=True)
class Bin:
    """Predictions whose confidence lies between two bounds.

    Attributes:
        low: The lower bound, which is inside.
        high: The upper bound, which is outside, except for the last bin.
        count: How many predictions lie there.
        confidence: Their mean confidence; None where there are none.
        correct: The share of them that is right; None where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    correct: float | None


@dataclass(frozen=True)
class Calibration:
    """How far confidences can be taken at their word.

    Attributes:
        bins: The reliability of each bin, from low to high confidence.
        error: Expected calibration error: the distance between mean confidence and share right,
            weighted by the bins' counts. None where there are no predictions.
    """

    bins: tuple[Bin, ...]
    error: float | None


@dataclass(frozen=True)
class CurvePoint:
    """Precision and recall where only records of at least ``threshold`` are kept."""

    threshold: float
    precision: float
    recall: float


def _checked(pairs: Iterable[tuple[float, bool]]) -> list[tuple[float, bool]]:
    listed = list(pairs)
    for confidence, _ in listed:
        if not 0 <= confidence <= 1:
            raise InputError(f"the confidence {confidence!r} does not lie between 0 and 1")
    return listed


def calibration(pairs: Iterable[tuple[float, bool]], *, bins: int = 10) -> Calibration:
    """Compare confidences with how often they are right.

    Args:
        pairs: Confidence between 0 and 1, and whether the record is right; an evaluation has
            them as ``judged``.
        bins: How many bins of equal width there are.

    Returns:
        The reliability of each bin and the expected calibration error.

    Raises:
        InputError: A confidence lies outside 0 to 1, or there is less than one bin.

    Example:
        >>> calibration([(0.75, True), (0.75, False)]).error
        0.25
    """
    if bins < 1:
        raise InputError(f"{bins} bins were asked for; at least 1 is needed")
    listed = _checked(pairs)
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, right in listed:
        groups[min(int(confidence * bins), bins - 1)].append((confidence, right))
    made = tuple(_bin(group, i / bins, (i + 1) / bins) for i, group in enumerate(groups))
    gaps = (
        b.count * abs(b.confidence - b.correct)
        for b in made
        if b.confidence is not None and b.correct is not None
    )
    return Calibration(made, sum(gaps) / len(listed) if listed else None)


def _bin(group: Sequence[tuple[float, bool]], low: float, high: float) -> Bin:
    if not group:
        return Bin(low, high, 0, None, None)
    mean = sum(confidence for confidence, _ in group) / len(group)
    return Bin(low, high, len(group), mean, sum(right for _, right in group) / len(group))


def precision_recall_curve(
    pairs: Iterable[tuple[float, bool]], positives: int
) -> tuple[CurvePoint, ...]:
    """Give precision and recall for each confidence that can serve as a threshold.

    Args:
        pairs: Confidence between 0 and 1, and whether the record is right.
        positives: How many records there are in gold.

    Returns:
        A point for each distinct confidence, from high to low.

    Raises:
        InputError: A confidence lies outside 0 to 1.

    Example:
        >>> precision_recall_curve([(0.9, True), (0.5, False)], 2)[-1]
        CurvePoint(threshold=0.5, precision=0.5, recall=0.5)
    """
    points: dict[float, CurvePoint] = {}
    right = 0
    ordered = sorted(_checked(pairs), key=lambda pair: -pair[0])
    for count, (confidence, correct) in enumerate(ordered, start=1):
        right += correct
        recall = right / positives if positives else 0.0
        points[confidence] = CurvePoint(confidence, right / count, recall)
    return tuple(points.values())
