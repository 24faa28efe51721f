"""The command line. Each command is a function here; what it needs is imported when it runs."""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
import sys
import textwrap
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    track,
)
from rich.table import Table
from rich.text import Text

from bizextract._text import STDIN, Article, Problem, count_documents, read_articles
from bizextract._version import __version__
from bizextract.display.views import roles, shown
from bizextract.errors import BizExtractError, InputError, ModelError
from bizextract.normalize.dates import parse_anchor
from bizextract.records import Record, Result

if TYPE_CHECKING:
    from bizextract._extractor import Extractor

app = typer.Typer(
    name="bizextract",
    help="Turn business news into typed records.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FAILED = 2
"""Exit code where an input could not be read, or the command was called wrongly."""


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


class OnErrorName(StrEnum):
    """What becomes of a document that cannot be read."""

    RAISE = "raise"
    SKIP = "skip"
    RECORD = "record"


class EngineName(StrEnum):
    """What proposes records."""

    BOTH = "both"
    RULES = "rules"
    READER = "reader"


EngineOption = Annotated[
    EngineName | None, typer.Option(help="What proposes records; both, if not given.")
]
ModelOption = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="A pipeline of your own, as train writes it.")
]
BaseOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Another English spaCy pipeline to build on.")
]
FramesOption = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="A frame file of a type of your own; may be given again."),
]
CodeOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE.py", help="The Python file that defines your record types."),
]
GOLD_HELP = "Annotated documents with their texts, a JSON object a line."


def main() -> None:
    """Run the command line; the console script ``bizextract`` calls this."""
    try:
        app(prog_name="bizextract")
    except BizExtractError as error:
        complain(str(error))
        sys.exit(FAILED if isinstance(error, InputError) else 1)


def complain(message: str) -> None:
    """Print one line on standard error, whatever the message holds."""
    Console(stderr=True).print(
        f"bizextract: {_plain(message)}", markup=False, highlight=False, soft_wrap=True
    )


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _plain(text: str) -> str:
    """Put a text on one line, without the control characters that a terminal would obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))


def _version(wanted: bool) -> None:
    if wanted:
        print(f"bizextract {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Turn business news into typed records."""


@app.command()
def extract(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Text files, folders, JSONL files with id, text, title, date and url in a line, "
            "or - for standard input.",
        ),
    ],
    format: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="How to print; by default a table, or as -o ends."),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Date of the documents that carry none, such as 2017-08-20."
        ),
    ] = None,
    engine: EngineOption = None,
    model: ModelOption = None,
    base: BaseOption = None,
    frames: FramesOption = None,
    code: CodeOption = None,
    min_confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Leave out less likely records.")
    ] = 0.0,
    processes: Annotated[int, typer.Option(min=1, help="How many processes read.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file."),
    ] = None,
    on_error: Annotated[
        OnErrorName,
        typer.Option(
            help="At a document that cannot be read: stop, leave it out, or write a result "
            "with its id and the reason as error."
        ),
    ] = OnErrorName.SKIP,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on where an earlier run to the same -o FILE.jsonl ended."
        ),
    ] = False,
    triage: Annotated[
        bool, typer.Option(help="Read only the passages that can hold an event.")
    ] = True,
    with_text: Annotated[
        bool,
        typer.Option("--with-text", help="Write the texts too, as JSON; view then shows them."),
    ] = False,
) -> None:
    """Print the records that texts hold.

    A document that cannot be read is named on standard error, the others are still read, and the
    exit code is 2.

    With --resume, documents whose ids stand in the output are not read again; of several with
    one id, as many as stand there. A document without an id goes by its path, and its line in
    JSONL: give the inputs under the same names.
    """
    parse_anchor(date)
    chosen = format or _format_of(output)
    if output is not None and any(_is_same(output, name) for name in inputs):
        raise InputError(f"{output} is an input too; write to another file with -o")
    if resume and (output is None or chosen is not Format.JSONL):
        raise InputError("--resume goes on with a file of JSONL; give it with -o FILE.jsonl")
    if with_text and chosen is Format.TABLE:
        raise InputError("--with-text is for JSON; add -f jsonl, or -o FILE.jsonl")
    done = _done(output) if resume and output is not None else Counter()

    _import(code)
    extractor = _extractor(model, engine=engine, base=base, frames=frames, triage=triage)
    n_lost = 0
    n_done = done.total()

    def items() -> Iterator[Article | Problem]:
        limit = extractor.nlp.max_length
        for item in read_articles(inputs, date=date, limit=limit, skip=output):
            name = item.name if isinstance(item, Problem) else item.id
            if isinstance(item, Problem) and not item.lost:
                complain(f"warning: {item}")
            elif done[name]:
                done[name] -= 1
            else:
                yield item

    def results() -> Iterator[Result]:
        nonlocal n_lost
        for result in extractor.pipe(
            items(), n_process=processes, min_confidence=min_confidence, on_error="record"
        ):
            if result.error is not None:
                message = f"{result.id}: {result.error}"
                if on_error is OnErrorName.RAISE:
                    raise InputError(message)
                complain(message)
                n_lost += 1
            if result.error is None or on_error is OnErrorName.RECORD:
                yield result

    with _opened(output, chosen, append=resume) as file:
        _PRINTERS[chosen](_watched(results(), inputs, output, n_done), file, with_text)
    if n_lost:
        raise typer.Exit(FAILED)


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help=GOLD_HELP)],
    pred: Annotated[
        Path | None,
        typer.Argument(
            metavar="PRED",
            help="Records to score, as extract -f jsonl prints them; else GOLD is read.",
        ),
    ] = None,
    errors: Annotated[int, typer.Option(min=0, help="Show this many errors.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    engine: EngineOption = None,
    model: ModelOption = None,
    frames: FramesOption = None,
    code: CodeOption = None,
) -> None:
    """Score records against gold annotations, by type and role, and show the errors.

    Types of your own are scored where the gold has records of them: --code defines them, and
    --frames says how they are read.
    """
    from bizextract import evaluation

    if pred is not None and (engine or model or frames):
        raise InputError(
            "PRED has records already; leave out --engine, --model and --frames, or PRED"
        )
    _import(code)
    documents = evaluation.read_gold(gold)
    predictions: evaluation.Predictions
    if pred is not None:
        predictions = evaluation.read_predictions(pred)
    else:
        extractor = _extractor(model, engine=engine, frames=frames)
        predictions = dict(_read_again(evaluation.articles_of(documents), extractor))
    outcome = evaluation.evaluate(documents, predictions)
    if as_json:
        _print_object(outcome.to_dict(errors))
    else:
        evaluation.render(outcome, errors=errors)


@app.command()
def view(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS.jsonl", help="What extract --with-text wrote.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The page; by default RESULTS.html."),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="The page's title; else the file's name.")
    ] = None,
    code: CodeOption = None,
) -> None:
    """Write one page to look through results: list, filters, search, texts with their records.

    A browser opens it from disk; it loads nothing from elsewhere. Results that have no texts show
    their evidence instead.
    """
    from bizextract.display import render
    from bizextract.tables import read_jsonl

    page = output or results.with_suffix(".html")
    if _is_same(page, str(results)):
        raise InputError(f"{page} is the input; write to another file with -o")
    _import(code)
    shown = read_jsonl(results)
    if not any(result.records or result.error for result in shown):
        complain(f"warning: {results} holds no records; view shows what extract wrote")
    render(shown, page, title=title or results.stem)
    print(page)


@app.command()
def train(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD", help=GOLD_HELP)],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write.")
    ],
    extra: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="More gold, for the reader alone; may be given again."),
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="What the pipeline uses.")] = EngineName.BOTH,
    folds: Annotated[int, typer.Option(min=2, help="Parts that are read out of fold.")] = 2,
    epochs: Annotated[int | None, typer.Option(min=1, help="Times to go through it.")] = None,
    seed: Annotated[int, typer.Option(help="Of all that is random.")] = 0,
    frames: FramesOption = None,
    code: CodeOption = None,
) -> None:
    """Fit reader and combiner on gold of your own; bizextract.load opens the folder.

    With --frames and --code, records of your own types stay found by the rules of their frames, and
    the combiner learns how likely they are right. Needs the extra bizextract[train].
    """
    from bizextract import evaluation

    _import(code)
    documents = [d for path in gold for d in evaluation.read_gold(path)]
    more = [d for path in extra or [] for d in evaluation.read_gold(path)]
    try:
        from bizextract._train import project
    except ModuleNotFoundError as error:
        raise ModelError(
            f"training needs {error.name}; run: pip install 'bizextract[train]'"
        ) from error

    settings = project.Settings(seed=seed)
    if epochs is not None:
        settings = dataclasses.replace(settings, epochs=epochs)
    with _progress() as bar:
        tasks: dict[str, TaskID] = {}

        def watch(stage: str, step: int, steps: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=steps)
            bar.update(tasks[stage], completed=step, total=steps)

        project.train(
            documents,
            output,
            extra=more,
            engine=engine.value,
            folds=folds,
            settings=settings,
            frames=frames or (),
            progress=watch,
        )


@app.command()
def schema(
    type: Annotated[
        str | None,
        typer.Argument(
            metavar="TYPE", help="A record type, such as partnership; else a whole result."
        ),
    ] = None,
    code: CodeOption = None,
) -> None:
    """Print the JSON Schema of a record type, or of a line that extract -f jsonl prints."""
    from bizextract.tables import json_schema

    _import(code)
    _print_object(json_schema(type))


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _extractor(
    model: Path | None, *, engine: EngineName | None, frames: list[Path] | None, **options: Any
) -> Extractor:
    from bizextract._extractor import Extractor

    chosen = engine or EngineName.BOTH
    return Extractor(model, engine=chosen.value, frames=frames or (), **options)


def _read_again(articles: list[Article], extractor: Extractor) -> Iterator[tuple[str, Result]]:
    console = Console(stderr=True)
    results = track(
        extractor.pipe(articles),
        description="reading",
        total=len(articles),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    for result in results:
        yield result.id or "", result


def _import(code: Path | None) -> None:
    """Run a Python file as a module, found by its name in processes that are started later."""
    if code is None:
        return
    if not (code.is_file() and code.suffix == ".py" and code.stem.isidentifier()):
        raise InputError(f"--code {code} is no Python file; give one whose name can be imported")
    sys.path.append(str(code.parent.resolve()))  # last, so that no library is hidden by it
    try:
        module = importlib.import_module(code.stem)
    except Exception as error:
        raise InputError(f"--code {code} cannot be run: {_reason(error, code)}") from error
    if module.__file__ is None or not code.samefile(module.__file__):
        raise InputError(f"--code {code}: Python has a module {code.stem} already; rename the file")


def _reason(error: Exception, code: Path) -> str:
    """Name an error, and the line of a file that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == code.name]
    where = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {error}{where}"


def _format_of(output: Path | None) -> Format:
    ending = output.suffix.lower().removeprefix(".") if output else ""
    if ending in (Format.JSON, Format.JSONL):
        return Format(ending)
    if ending not in ("", "txt"):
        raise InputError(
            f"-o {output}: results are written as .jsonl, .json or, as a table to read, .txt; "
            "for Parquet see bizextract.to_parquet, for another ending choose with -f"
        )
    return Format.TABLE


def _is_same(output: Path, name: str) -> bool:
    return name != STDIN and output.exists() and Path(name).exists() and output.samefile(name)


def _done(output: Path) -> Counter[str | None]:
    """Count the results in a file by their ids, and take away a last line that was cut."""
    done: Counter[str | None] = Counter()
    if not output.exists():
        return done
    try:
        with output.open("r+b") as file:
            end = 0
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n") and _BEGINNING.startswith(line[: len(_BEGINNING)]):
                    break
                try:
                    done[json.loads(line)["id"]] += 1
                except (ValueError, LookupError, TypeError):
                    raise InputError(
                        f"{output}:{number}: no result of `bizextract extract`; --resume goes on "
                        "with a file that it wrote"
                    ) from None
                end += len(line)
            file.truncate(end)
    except OSError as error:
        raise InputError(f"cannot go on with {output}: {error.strerror}") from None
    return done


_BEGINNING = b'{"id": '
"""How each line of results begins, so that no file of others is cut."""


@contextmanager
def _opened(output: Path | None, format: Format, *, append: bool = False) -> Iterator[IO[str]]:
    if output is None:
        if format is not Format.TABLE and isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # as JSON asks
        yield sys.stdout
        return
    try:
        file = output.open("a" if append else "w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"cannot write to {output}: {error.strerror}") from None
    with file:
        yield file


def _watched(
    results: Iterator[Result], inputs: list[str], output: Path | None, n_done: int = 0
) -> Iterator[Result]:
    """Show a progress bar where a person waits and does not see the results pass by."""
    console = Console(stderr=True)
    if not console.is_terminal or (output is None and sys.stdout.isatty()):
        yield from results
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("documents"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        total = count_documents(inputs)
        yield from progress.track(results, total=None if total is None else total - n_done)


def as_json(result: Result, with_text: bool = False) -> dict[str, Any]:
    """Give a result as JSON objects, with or without the text that was read."""
    return result.model_dump(mode="json", exclude=None if with_text else {"text"})


def _print_object(value: dict[str, Any]) -> None:
    with _opened(None, Format.JSON) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _print_jsonl(results: Iterable[Result], file: IO[str], with_text: bool) -> None:
    # A line goes out in one piece, so that a run that is killed leaves whole lines.
    for result in results:
        file.write(json.dumps(as_json(result, with_text), ensure_ascii=False) + "\n")
        file.flush()


def _print_json(results: Iterable[Result], file: IO[str], with_text: bool) -> None:
    mark = "["
    for result in results:
        body = json.dumps(as_json(result, with_text), ensure_ascii=False, indent=2)
        file.write(f"{mark}\n{textwrap.indent(body, '  ')}")
        mark = ","
    file.write("\n]\n" if mark == "," else "[]\n")


def _print_table(results: Iterable[Result], file: IO[str], with_text: bool = False) -> None:
    console = Console(file=file, highlight=False)
    for result in results:
        name = Text(_plain(result.id or "-"), style="bold")
        if result.date:
            name.append(f"  {result.date}", style="not bold dim")
        console.print(name, soft_wrap=True)
        for warning in result.warnings:
            console.print(Text(f"warning: {_plain(warning)}", style="yellow"))
        if result.error is not None:
            console.print(Text(f"not read: {_plain(result.error)}", style="red"))
        else:
            console.print(_table(result) if result.records else Text("no records", style="dim"))


def _table(result: Result) -> Table:
    table = Table("Record", "Roles", "Evidence", show_lines=True, box=box.ROUNDED)
    table.columns[0].no_wrap = True
    for record in result.records:
        kind = Text(record.type.replace("_", " "), style="bold")
        if record.confidence is not None:
            kind.append(f"\n{record.confidence:.2f}", style="not bold dim")
        evidence = "\n".join(f"“{_plain(passage.text)}”" for passage in record.evidence)
        table.add_row(kind, _roles(record), Text(evidence))
    return table


def _roles(record: Record) -> Table:
    grid = Table.grid(padding=(0, 1))
    for role, values in roles(record):
        told = ", ".join(_plain(shown(value)) for value in values)
        grid.add_row(Text(role, style="dim"), Text(told))
    return grid


_PRINTERS: dict[Format, Callable[[Iterable[Result], IO[str], bool], None]] = {
    Format.TABLE: _print_table,
    Format.JSON: _print_json,
    Format.JSONL: _print_jsonl,
}
