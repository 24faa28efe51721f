"""Calibration, and precision and recall by threshold, worked out by hand."""

from __future__ import annotations

import pytest

from bizextract.errors import InputError
from bizextract.evaluation import calibration, precision_recall_curve


def test_calibration_by_hand() -> None:
    pairs = [(0.05, False), (0.15, True), (0.95, True), (1.0, True), (0.95, False), (0.9, True)]
    result = calibration(pairs)
    assert [b.count for b in result.bins] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 4]
    assert result.bins[9].confidence == pytest.approx(0.95)
    assert result.bins[9].correct == 0.75
    assert result.error == pytest.approx((0.05 + 0.85 + 4 * 0.2) / 6)
    assert calibration([]).error is None


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_confidences_outside_their_range_are_refused(confidence: float) -> None:
    with pytest.raises(InputError, match="does not lie between 0 and 1"):
        calibration([(confidence, True)])


def test_no_bins_are_refused() -> None:
    with pytest.raises(InputError, match="at least 1"):
        calibration([], bins=0)


def test_precision_recall_curve_by_hand() -> None:
    curve = precision_recall_curve([(0.5, False), (0.9, True), (0.5, True)], positives=4)
    assert [(p.threshold, p.precision, p.recall) for p in curve] == [
        (0.9, 1.0, 0.25),
        (0.5, 2 / 3, 0.5),
    ]
    assert precision_recall_curve([], positives=0) == ()
