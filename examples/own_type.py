"""Teach bizextract a type of your own: python examples/own_type.py"""

from pathlib import Path
from typing import Literal

import bizextract as bx


class Acquisition(bx.Record):
    type: Literal["acquisition"] = "acquisition"
    acquirer: bx.Organization | None = None
    target: bx.Organization | None = None
    amount: bx.Money | None = None


if __name__ == "__main__":
    nlp = bx.load(frames=[Path(__file__).with_name("acquisition.toml")])
    text = "Northgate Robotics Inc. has agreed to acquire Verhaegen NV for 30 million euros."
    print(nlp(text)._.bizextract.records[0].model_dump_json(indent=2))
