"""Headlines in capitals: words are written as elsewhere, lengths and other lines stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract._case import recased


def whole(text: str) -> str:
    return "".join(recased(text, [(0, len(text))]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HARLOW TO MOVE HEADQUARTERS TO LYON", "Harlow to Move Headquarters to Lyon"),
        ("O'NEIL'S FOODS BUYS KESTREL PLC\n", "O'Neil's Foods Buys Kestrel PLC\n"),
        ("THE BANK OPENS U.S. HQ IN NEW YORK", "The Bank Opens U.S. HQ in New York"),
        ("BMW AND ALDER AG FORM JV", "BMW and Alder AG Form JV"),
        ("ÉLAN RAISES €5 MILLION", "Élan Raises €5 Million"),
        # As the rest of the text has it.
        ("ACIS AND EWALD TEAM UP\n\nACIS met eWald.", "ACIS and eWald Team Up\n\nACIS met eWald."),
        ("ACIS OPENS IN ROME\n\nAcis grew.", "Acis Opens in Rome\n\nAcis grew."),
        # Of one or two words nothing is known, and the rest has its case already.
        ("ABOUT US\n\nIBM grew.", "ABOUT US\n\nIBM grew."),
        ("LYON (Reuters) - Acme grew.", "LYON (Reuters) - Acme grew."),
        ("ŒUVRE OPENS IN İSTANBUL", "Œuvre Opens in İstanbul"),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert whole(text) == expected


def test_only_whole_lines_are_changed() -> None:
    text = "The board of ALDER MOTOR WORKS AG met."
    assert list(recased(text, [(13, 33)])) == [text[13:33]]


@given(st.text(max_size=60), st.text(alphabet="ABẞÇI' \n\r.İ", max_size=40))
def test_length_and_letters_stay(before: str, capitals: str) -> None:
    text = f"{before}\n{capitals}"
    assert len(whole(text)) == len(text)
