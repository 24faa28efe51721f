"""The notebooks run from top to bottom, and are stored without what they print."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.skipif(
    not (ROOT / "notebooks").is_dir(), reason="needs the repository, not the package alone"
)


def named(path: Path) -> str:
    return path.stem


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "evaluate_and_improve", "first_steps", "portfolio",
    ]  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_is_stored_without_output(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) >= 3
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"]] == []
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}


@pytest.mark.notebooks
@pytest.mark.model
@pytest.mark.slow
# Jupyter's own: its sockets stand on this machine alone, and it looks for a loop of its own.
@pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    desk = tmp_path / "notebooks"
    shutil.copytree(path.parent, desk)
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(desk)}}).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    assert [out["text"] for out in outputs if out.get("name") == "stderr"] == []
    assert any("text/html" in out.get("data", {}) for out in outputs) or any(
        "image/png" in out.get("data", {}) for out in outputs
    )
