"""Types of one's own: a frame file and the record class that it fills, checked on each other.

A mistake is to come to light when the pipeline is built, with file and rule, and not at the first
text that a rule matches.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable
from pathlib import Path

from bizextract._drafts import filled_slots
from bizextract._frames import Frame, load_frame
from bizextract.errors import LexiconError, quote
from bizextract.records import Record


def load_own(paths: Iterable[str | Path], known: Iterable[Frame]) -> tuple[Frame, ...]:
    """Read frame files, each checked on the record class of its type.

    Args:
        paths: Frame files; one of a known type takes the place of that frame or extends it.
        known: The frames that are there already.

    Returns:
        The known frames and those of the files, one a type.

    Raises:
        LexiconError: A file cannot be read or is wrong, or no record class has its type.

    Example:
        >>> load_own(["no.toml"], [])
        Traceback (most recent call last):
        ...
        bizextract.errors.LexiconError: frame file 'no.toml' cannot be read: No such file ...
    """
    frames = {frame.type: frame for frame in known}
    for path in [paths] if isinstance(paths, str | Path) else paths:
        frame = load_frame(path, frames.values())
        try:
            check_record(frame)
        except ValueError as error:
            raise LexiconError(f"{path}: {error}") from error
        frames[frame.type] = frame
    return tuple(frames.values())


def check_record(frame: Frame) -> None:
    """See that the record class of a frame's type has what the frame fills.

    Args:
        frame: A frame that is right by itself.

    Raises:
        ValueError: There is no such class, or the two contradict.
    """
    record = Record.type_of(frame.type)
    if record is None:
        raise ValueError(
            f"type: no record class for {quote(frame.type)}; before the pipeline is loaded, define "
            f'a subclass of bizextract.Record with type: Literal["{frame.type}"] = "{frame.type}", '
            "or import the module that does (on the command line: --code FILE)"
        )
    name = record.__name__
    for role, field in record.model_fields.items():
        if field.is_required():
            raise ValueError(f"{name}.{role} has no default; a role may stay empty: give it one")
    slots = filled_slots(record)
    for role, spec in frame.roles.items():
        if role not in slots:
            raise ValueError(f"roles.{role}: {name} has no such role; it has: {', '.join(slots)}")
        if spec.many and not slots[role].many:
            raise ValueError(
                f"roles.{role}: many, but {name}.{role} holds one value; "
                "make it a tuple or drop many"
            )
    hints = [(f"hint {hint.value!r}", hint.slot, hint.value) for hint in frame.hints]
    told = [
        (f"trigger {t.id!r}", s, getattr(t, s)) for t in frame.triggers for s in ("kind", "scope")
    ]
    for where, slot, value in (*hints, *told):
        if value is not None:
            _check_choice(record, slot, value, where)


def _check_choice(record: type[Record], slot: str, value: str, where: str) -> None:
    if slot not in record.model_fields:
        raise ValueError(f"{where}: {record.__name__} has no {slot}")
    legal = typing.get_args(typing.get_type_hints(record)[slot])
    if value not in legal:
        known = ", ".join(map(str, legal))
        raise ValueError(f"{where}: no {slot} {quote(value)} of {record.__name__}; known: {known}")
