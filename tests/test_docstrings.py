"""The examples in docstrings give what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import bizextract

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(bizextract.__path__, "bizextract.")
    if "_train" not in module.name and not module.name.endswith("__main__")
)


@pytest.mark.model
@pytest.mark.parametrize("name", ["bizextract", *MODULES])
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert results.failed == 0
