"""Types and triggers of one's own: what they find, that they last, and which mistakes are told."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
import spacy
from spacy.language import Language

import bizextract as bx
from bizextract import cli
from bizextract._frames import load_frames
from bizextract._own_types import load_own
from bizextract._reader_model import ReaderModel
from bizextract.components.reader import Reader

EXAMPLES = Path(__file__).parents[1] / "examples"
FRAME = EXAMPLES / "acquisition.toml"
MISTAKES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "frame_mistakes.jsonl").read_text().splitlines()
]

pytestmark = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="needs the repository, not the package alone"
)

TEXT = "Northgate Robotics Inc. has agreed to acquire Verhaegen NV for 30 million euros."
MORE = [
    TEXT,
    "Verhaegen NV was taken over by Northgate Robotics in May 2021.",
    "Harlow Foods Inc. will move its headquarters from Porto to Lyon next year.",
]


@pytest.fixture(scope="module")
def acquisition() -> type[bx.Record]:
    # Imported as --code imports it, so that both ways give one class in whatever order.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        found: type[bx.Record] = importlib.import_module("own_type").Acquisition
    return found


@pytest.fixture(scope="module")
def nlp(acquisition: type[bx.Record]) -> Language:
    return bx.load(engine="rules", frames=[FRAME])


def types(nlp: Language, texts: list[str] = MORE, **options: Any) -> list[list[str]]:
    return [[r["type"] for r in doc._.bizextract_records] for doc in nlp.pipe(texts, **options)]


FOUND = [["acquisition"], ["acquisition"], ["headquarters_opening"]]


# --- types -----------------------------------------------------------------------------------


def test_the_example_has_at_most_forty_lines() -> None:
    files = (EXAMPLES / "own_type.py", FRAME)
    assert sum(len(file.read_text().splitlines()) for file in files) <= 40


@pytest.mark.model
def test_a_type_of_one_s_own_is_read(nlp: Language, acquisition: type[bx.Record]) -> None:
    (record,) = nlp(TEXT)._.bizextract.records
    assert type(record) is acquisition
    roles = {role: getattr(value, "text", value) for role, value in record.values()}
    assert roles == {
        "status": "planned",
        "acquirer": "Northgate Robotics Inc.",
        "target": "Verhaegen NV",
        "amount": "30 million euros",
    }
    assert record.evidence[0].by == ("acquire",)
    assert bx.Record.model_validate_json(record.model_dump_json()) == record
    assert types(nlp) == FOUND


@pytest.mark.model
@pytest.mark.parametrize("engine", ["rules", "both"])
def test_the_verbs_take_frames(acquisition: type[bx.Record], engine: Any) -> None:
    # What the reader finds beside it depends on its weights.
    found = bx.extract(TEXT, engine=engine, frames=[FRAME]).records
    assert acquisition in map(type, found)
    many = bx.extract_many(MORE, engine=engine, frames=[FRAME])
    for expected, result in zip(FOUND, many, strict=True):
        assert set(expected) <= {record.type for record in result.records}
    assert acquisition not in map(type, bx.extract(TEXT, engine=engine).records)


@pytest.mark.model
def test_a_changed_frame_file_is_read_again(tmp_path: Path, acquisition: type[bx.Record]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(FRAME.read_text().replace('"acquire", "buy"', '"buy"'))
    assert bx.extract(TEXT, engine="rules", frames=[path]).records == ()
    path.write_text(FRAME.read_text() + "# whole again\n")
    assert len(bx.extract(TEXT, engine="rules", frames=[path]).records) == 1


@pytest.mark.model
def test_two_processes_know_the_type(nlp: Language) -> None:
    assert types(nlp, n_process=2, batch_size=1) == FOUND


@pytest.mark.model
@pytest.mark.filterwarnings("ignore:.*W095")  # spaCy's, of the base's minor version
def test_frames_are_saved_with_the_pipeline(tmp_path: Path, acquisition: type[bx.Record]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(FRAME.read_text())
    bx.load(engine="rules", frames=[path]).to_disk(tmp_path / "saved")
    path.unlink()
    assert types(spacy.load(tmp_path / "saved")) == FOUND
    assert types(bx.load(tmp_path / "saved", triggers={"acquire": ["swallow"]})) == FOUND


SPAWN = """
import multiprocessing, sys
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    sys.path.insert(0, sys.argv[1])
    import bizextract as bx, own_type
    nlp = bx.load(engine="rules", frames=[sys.argv[1] + "/acquisition.toml"])
    nlp.to_disk(sys.argv[2])
    docs = nlp.pipe([own_type.__doc__, sys.argv[3]], n_process=2, batch_size=1)
    print([r["type"] for doc in docs for r in doc._.bizextract_records])
"""


@pytest.mark.model
def test_started_processes_import_the_class_and_a_stranger_is_told_of_it(tmp_path: Path) -> None:
    script, saved = tmp_path / "spawn.py", tmp_path / "saved"
    script.write_text(SPAWN)
    done = subprocess.run(
        [sys.executable, script, EXAMPLES, saved, TEXT], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("['acquisition']\n", "")
    load = f"import bizextract as bx; bx.load({str(saved)!r})"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True)
    assert "ModelError: no record class for 'acquisition': import the module" in done.stderr


def run_command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["bizextract", *map(str, arguments)])
    monkeypatch.setattr("sys.path", [*sys.path])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.mark.model
def test_the_command_line_takes_frames(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "news.txt").write_text(TEXT)
    options = ("--frames", FRAME, "--code", CODE, "--engine", "rules")
    code = run_command(monkeypatch, "extract", tmp_path / "news.txt", *options, "-f", "jsonl")
    printed = capsys.readouterr()
    assert (code, printed.err) == (0, "")
    assert [r["type"] for r in json.loads(printed.out)["records"]] == ["acquisition"]


GOLD = {
    "id": "deal",
    "text": TEXT,
    "orgs": [["Northgate Robotics Inc."], ["Verhaegen NV"]],
    "records": [
        {
            "type": "acquisition",
            "status": "planned",
            "acquirer": "Northgate Robotics Inc.",
            "target": "Verhaegen NV",
            "amount": {"value": "30000000", "currency": "EUR"},
            "evidence": ["has agreed to acquire Verhaegen NV"],
        }
    ],
}
QUIET = {"id": "quiet", "text": "Verhaegen NV grew in Lyon.", "orgs": [], "records": []}
CODE = EXAMPLES / "own_type.py"


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "deals.gold.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in (GOLD, QUIET)))
    return path


@pytest.mark.model
def test_a_type_of_one_s_own_is_evaluated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path
) -> None:
    options = ("--frames", FRAME, "--code", CODE, "--engine", "rules", "--json")
    assert run_command(monkeypatch, "evaluate", gold, *options) == 0
    scores = json.loads(capsys.readouterr().out)
    for figure in ("found", "exact", "slots"):
        assert scores[figure]["acquisition"]["f1"] == 1
    assert scores["spurious_per_document"] == 0


def test_predictions_are_evaluated_without_frames(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path, tmp_path: Path
) -> None:
    pred = tmp_path / "pred.jsonl"
    pred.write_text('{"id": "deal", "records": []}\n')
    assert run_command(monkeypatch, "evaluate", gold, pred, "--code", CODE, "--json") == 0
    assert json.loads(capsys.readouterr().out)["found"]["acquisition"]["gold"] == 1
    assert run_command(monkeypatch, "evaluate", gold, pred, "--frames", FRAME) == 2
    assert "leave out --engine, --model and --frames, or PRED" in capsys.readouterr().err


@pytest.mark.model
@pytest.mark.train
@pytest.mark.filterwarnings("ignore:.*W095")
def test_a_trained_pipeline_keeps_the_type(
    monkeypatch: pytest.MonkeyPatch,
    gold: Path,
    tmp_path: Path,
    acquisition: type[bx.Record],
) -> None:
    pytest.importorskip("torch", reason="needs the extra bizextract[train]")
    from bizextract._train import project
    from bizextract._train.labels import Sample

    seen: list[Sample] = []
    pipe = bx.load(engine="reader").get_pipe("bizextract_reader")
    assert isinstance(pipe, Reader)
    reader = pipe.weights

    def train_readers(sets: list[list[Sample]], *_: Any, **__: Any) -> list[ReaderModel]:
        seen.extend(sets[0])
        return [reader for _ in sets]

    monkeypatch.setattr(project, "train_readers", train_readers)
    options = ("-o", tmp_path / "mine", "--frames", FRAME, "--code", CODE)
    assert run_command(monkeypatch, "train", gold, *options) == 0
    assert [(sample.id, sample.events) for sample in seen] == [("deal", []), ("quiet", [])]
    assert "acquisition" in types(bx.load(tmp_path / "mine"), [TEXT])[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("no.py", None, "is no Python file"),
        ("my-types.py", "", "is no Python file"),
        ("own_broken.py", "x = 1\nimport nothing_there", "ModuleNotFoundError: .* (line 2)"),
        ("own_wrong.py", "def f(:", "own_wrong.py cannot be run: SyntaxError: "),
        ("csv.py", "", "Python has a module csv already; rename the file"),
    ],
)
def test_code_must_be_a_python_file_that_runs(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
    content: str | None,
    says: str,
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    assert run_command(monkeypatch, "schema", "--code", tmp_path / name) == 2
    error = capsys.readouterr().err
    assert re.search(says.replace("(line 2)", r"\(line 2\)"), error)
    assert error.count("\n") == 1


# --- triggers --------------------------------------------------------------------------------


@pytest.mark.model
@pytest.mark.parametrize("way", ["triggers", "extends", "extends like"])
def test_a_shipped_type_takes_more_words(tmp_path: Path, way: str) -> None:
    text = "Juniper Labs Inc. buddied up with Harlow Foods Ltd. in solar power."
    path = tmp_path / "more.toml"
    own = {
        "extends": 'id = "buddy-up"\nconstruction = "pair-verb"\npos = ["VERB"]',
        "extends like": 'id = "buddy-up"\nlike = "partner-verb"',
    }
    if way == "triggers":
        nlp = bx.load(engine="rules", triggers={"partner-verb": ["buddy up"]})
    else:
        words = 'words = ["buddy up"]'
        path.write_text(f'extends = "partnership"\n[[triggers]]\n{own[way]}\n{words}\n')
        nlp = bx.load(engine="rules", frames=[path])
    (record,) = nlp(text)._.bizextract.partnerships
    assert [p.name for p in record.partners] == ["Juniper Labs Inc.", "Harlow Foods Ltd."]
    assert [f.text for f in record.fields] == ["solar power"]
    assert record.evidence[0].by == (("partner-verb-own",) if way == "triggers" else ("buddy-up",))
    assert bx.extract(text, engine="rules").records == ()


def test_what_extends_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "more.toml"
    path.write_text(
        'extends = "partnership"\nleast = 2\nwords = {venture = ["pool"]}\n'
        '[[triggers]]\nid = "pool"\nwords = ["@venture"]\nlike = "venture"\n'
        '[[hints]]\nslot = "kind"\nvalue = "licensing"\nwhen = [{at = ["self"], words = ["pool"]}]'
    )
    before = {f.type: f for f in load_frames()}
    after = {f.type: f for f in load_own([path], before.values())}
    assert list(after) == list(before)
    old, new = before.pop("partnership"), after.pop("partnership")
    assert after == before
    assert new.triggers[:-1] == old.triggers
    assert new.hints[1:] == old.hints
    assert (old.least, new.least) == (1, 2)
    assert new.triggers[-1].kind == "joint_venture"
    assert new.expand(["@venture"]) == ("pool",)
    assert new.roles == old.roles and new.assembly == old.assembly


@pytest.mark.model
def test_the_model_does_not_overrule_the_words_of_users() -> None:
    text = "Halden Shipyard and Brightwater SA buddied up in wind power."
    (record,) = bx.load(triggers={"partner-verb": ["buddy up"]})(text)._.bizextract.records
    assert record.confidence is not None and 0 < record.confidence < 1
    assert bx.extract(text).records == ()


@pytest.mark.model
def test_triggers_need_a_rule_that_is_there() -> None:
    with pytest.raises(bx.LexiconError, match="no rule 'partner-verbs'; known: open, have-new, "):
        bx.load(engine="rules", triggers={"partner-verbs": ["buddy up"]})
    with pytest.raises(bx.LexiconError, match="'partner-verb-own': 'Buddy up' matches nothing"):
        bx.load(engine="rules", triggers={"partner-verb": ["Buddy up"]})


def test_the_reader_has_no_rules() -> None:
    with pytest.raises(bx.InputError, match='take engine "both" or "rules"'):
        bx.load(engine="reader", frames=[FRAME])


# --- mistakes --------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def wrong_types() -> None:
    class Sale(bx.Record):
        """A type with what a class can have wrong."""

        type: Literal["sale"] = "sale"
        acquirer: bytes | None = None

    class Need(bx.Record):
        """A type with a role that may not stay empty."""

        type: Literal["need"] = "need"
        acquirer: bx.Organization


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: str(case["id"]))
def test_a_mistake_is_told_with_file_and_rule(
    case: dict[str, Any], tmp_path: Path, acquisition: type[bx.Record]
) -> None:
    right = FRAME.read_text(encoding="utf-8")
    assert right.count(case["old"]) >= 1
    path = tmp_path / "mine.toml"
    path.write_text(right.replace(case["old"], case["new"], 1), encoding="utf-8")
    with pytest.raises(bx.LexiconError) as caught:
        load_own([path], load_frames())
    assert re.match(rf"{re.escape(str(path))}: ", str(caught.value))
    for words in case["says"]:
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)
