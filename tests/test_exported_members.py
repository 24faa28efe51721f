"""The public names: sorted, documented, and nothing beside them."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest

import bizextract as bx
import bizextract.errors

HEAVY = (
    *("babel", "dateparser", "networkx", "numpy", "onnxruntime", "pandas", "pyarrow", "pydantic"),
    *("rich", "spacy", "thinc", "tokenizers", "torch", "typer"),
)


def test_all_is_sorted_and_whole() -> None:
    assert list(bx.__all__) == sorted(set(bx.__all__))
    assert dir(bx) == bx.__all__
    errors = {name for name, value in vars(bx.errors).items() if isinstance(value, type)}
    assert errors <= set(bx.__all__)
    with pytest.raises(AttributeError, match="no attribute 'exract'"):
        bx.exract  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(inspect.getsource(bx))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {a.name for i in imports if (i.module or "").startswith("bizextract") for a in i.names}
    assert names == set(bx.__all__)


@pytest.mark.parametrize("name", bx.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    assert name.startswith("__") or getattr(bx, name).__doc__


def test_import_is_cheap() -> None:
    command = f"import sys, bizextract; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")
