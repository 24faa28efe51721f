"""`bizextract_assembly`: the last pipe; events and mentions become records.

It writes ``doc._.bizextract_records``, plain dicts; ``doc._.bizextract`` gives them as a typed
`bizextract.Result`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import srsly
from pydantic import TypeAdapter, ValidationError
from spacy.language import Language
from spacy.tokens import Doc

from bizextract._assemble import assemble
from bizextract._combine import Combiner
from bizextract._drafts import Reading
from bizextract._frames import Assembly, Frame, load_frames
from bizextract._own_types import load_own
from bizextract.components.entities import furniture_of, stands_in
from bizextract.components.extensions import ENTITIES_KEY, set_extensions, source_of
from bizextract.errors import ModelError, quote
from bizextract.records import Record, Result

_WEIGHTS = "combiner.json"
_RULES = "assembly.json"
_RULES_TYPE = TypeAdapter(dict[str, Assembly])


@Language.factory(
    "bizextract_assembly",
    requires=["doc.spans"],
    default_config={"spans_key": ENTITIES_KEY, "engine": "both", "frames": []},
)
def create_assembly(
    nlp: Language, name: str, spans_key: str, engine: str, frames: list[str]
) -> Assembler:
    """Build the component `Assembler`; see there."""
    return Assembler(nlp, name, spans_key=spans_key, engine=engine, frames=frames)


class Assembler:
    """Turns the proposed events of a document into records.

    Args:
        nlp: The pipeline that it stands in.
        name: Its name there.
        spans_key: The span group of entities that it reads.
        engine: Which engine proposed the events: ``"rules"``, ``"reader"`` or ``"both"``. The
            latter two have a combiner each; the rules decide by themselves.
        frames: Frame files of one's own, the same as for `bizextract_relations`.
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "bizextract_assembly",
        *,
        spans_key: str = ENTITIES_KEY,
        engine: str = "both",
        frames: Iterable[str | Path] = (),
    ) -> None:
        set_extensions()
        if not Doc.has_extension("bizextract"):
            Doc.set_extension("bizextract", getter=result_of)
        self.name = name
        self.spans_key = spans_key
        self.engine = engine
        self.use(load_own(frames, load_frames()))
        self.combiner = Combiner() if engine == "rules" else Combiner.read(_packaged(engine))

    def use(self, frames: Iterable[Frame]) -> None:
        """Take the types of other frames, one a type."""
        self._use({frame.type: frame.joining for frame in frames})

    def _use(self, rules: dict[str, Assembly]) -> None:
        # The classes are held so that pickling for another process imports their modules there.
        self.records = {name: Record.type_of(name) for name in rules}
        unknown = [name for name, record in self.records.items() if record is None]
        if unknown:
            raise ModelError(
                f"no record class for {', '.join(map(quote, unknown))}: import the module that "
                "defines it before the pipeline is loaded (on the command line: --code FILE)"
            )
        self.rules = rules

    def __call__(self, doc: Doc) -> Doc:
        """Assemble the records of a document."""
        doc._.bizextract_records = [
            r.model_dump(mode="json") for r in self.assemble(read(doc, self.spans_key))
        ]
        return doc

    def assemble(self, reading: Reading) -> list[Record]:
        """Give the records of a reading, in order of appearance; changes nothing."""
        return assemble(reading, self.rules, self.combiner)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the combiner and how drafts are told apart to a folder."""
        Path(path).mkdir(parents=True, exist_ok=True)
        (Path(path) / _WEIGHTS).write_text(self.combiner.to_json(), encoding="utf-8")
        (Path(path) / _RULES).write_bytes(_RULES_TYPE.dump_json(self.rules, indent=1))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Assembler:
        """Load what `to_disk` wrote.

        Raises:
            ModelError: A file is missing or damaged, or no class has the type of a frame.
        """
        self.combiner = Combiner.read(Path(path) / _WEIGHTS)
        try:
            rules = _RULES_TYPE.validate_json((Path(path) / _RULES).read_bytes())
        except (OSError, ValidationError) as error:
            raise ModelError(f"{_RULES} of the assembly is missing or damaged: {error}") from error
        self._use(rules)
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Serialise what `to_disk` writes."""
        packed: bytes = srsly.msgpack_dumps(
            {_WEIGHTS: self.combiner.to_json(), _RULES: _RULES_TYPE.dump_json(self.rules)}
        )
        return packed

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Assembler:
        """Load what `to_bytes` gave."""
        content = srsly.msgpack_loads(data)
        self.combiner = Combiner.parse(content[_WEIGHTS], _WEIGHTS)
        self._use(_RULES_TYPE.validate_json(content[_RULES]))
        return self


def _packaged(engine: str) -> Path:
    return Path(str(files("bizextract").joinpath("data", "combiner", f"{engine}.json")))


def read(doc: Doc, spans_key: str = ENTITIES_KEY) -> Reading:
    """Gather what the components left on a document.

    Args:
        doc: A document that went through the other components.
        spans_key: The span group of entities.

    Returns:
        The same as plain values, for `bizextract._assemble`.
    """
    furniture = furniture_of(doc)
    text, starts = source_of(doc)
    return Reading(
        text=text,
        offsets=[(start, start + len(t)) for start, t in zip(starts, doc, strict=True)],
        sentences=[(s.start, s.end) for s in doc.sents],
        entities=[(s.start, s.end, s.label_) for s in doc.spans.get(spans_key, [])],
        clusters=doc._.bizextract_clusters,
        events=[
            event
            for event in doc._.bizextract_events
            if not stands_in(starts[event["sent"][0]], furniture)
        ],
        date=doc._.bizextract_date,
    )


def result_of(doc: Doc) -> Result:
    """The typed result of a document: the getter behind ``doc._.bizextract``."""
    records: list[Any] = doc._.bizextract_records
    return Result(
        text=source_of(doc)[0],
        date=doc._.bizextract_date,
        records=tuple(Record.model_validate(r) for r in records),
    )
