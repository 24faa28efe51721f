"""The reader's files: checks them, runs the encoder, reads proposals off a document.

A model is a folder of four files: ``encoder.onnx``, ``heads.safetensors``, ``tokenizer.json`` and
``reader.json``, which names the format's version and the SHA-256 of the other three. Nothing is
unpickled, and what does not match is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bizextract._reader_runtime import (
    Floats,
    Heads,
    Proposal,
    Window,
    build_windows,
    propose,
    word_states,
)
from bizextract._reader_schema import VERSION
from bizextract.errors import ModelError, quote

__all__ = ["FILES", "ReaderModel", "chosen_sentences", "pack", "unpack"]

MANIFEST = "reader.json"
FILES = ("encoder.onnx", "heads.safetensors", "tokenizer.json")


class ReaderModel:
    """A loaded reader.

    Args:
        files (Mapping[str, bytes]): The four files' contents by name.
        threads (int): Threads of the encoder. Default: 1.

    Raises:
        ModelError: A file is missing, cut short, changed or of another version.
    """

    def __init__(self, files: Mapping[str, bytes], threads: int = 1) -> None:
        # The libraries are loaded here so that the import of bizextract stays cheap.
        import onnxruntime
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        self.files = _checked(files)
        self.threads = threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # That fusion's kernel takes five times as long as the two that it stands for.
        self.session = onnxruntime.InferenceSession(
            self.files["encoder.onnx"],
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        self.heads = Heads(load(self.files["heads.safetensors"]))
        self.tokenizer = Tokenizer.from_str(self.files["tokenizer.json"].decode())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    @classmethod
    def load(cls, path: Path | str, threads: int = 1) -> ReaderModel:
        """Load a model's folder.

        Raises:
            ModelError: The folder or a file is missing, or `ReaderModel` refuses it.
        """
        folder = Path(path)
        files = {}
        for name in (MANIFEST, *FILES):
            try:
                files[name] = (folder / name).read_bytes()
            except OSError as error:
                raise ModelError(
                    f"no {name} for the reader in {quote(str(folder))} "
                    f"({error.strerror or error}): reinstall bizextract, or give the folder that "
                    "`bizextract train -o` wrote; engine='rules' works without the reader"
                ) from error
        return cls(files, threads)

    def save(self, path: Path | str) -> None:
        """Write the four files to a folder, which is made where it is missing."""
        Path(path).mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (Path(path) / name).write_bytes(content)

    def states(self, window: Window) -> Floats:
        """Word states of a window."""
        inputs = {"ids": window.ids[None], "shapes": window.shapes[None]}
        states = self.session.run(None, inputs)[0][0]
        return word_states(np.asarray(states, dtype=np.float32), window.starts)

    def read(
        self,
        words: Sequence[str],
        sentences: Sequence[tuple[int, int]],
        threshold: float = 0.15,
    ) -> list[Proposal]:
        """Propose events for a document.

        Args:
            words (Sequence[str]): Its words, none of them whitespace.
            sentences (Sequence[tuple[int, int]]): Word offsets, end exclusive, headline first.
            threshold (float): The least probability that a sentence carries an event.

        Returns:
            list[Proposal]: In the order of the sentences.
        """
        windows = build_windows(self.tokenizer, words, sentences)
        found = []
        for window, keep in zip(windows, chosen_sentences(windows), strict=True):
            if any(keep):
                found += propose(self.heads, window, self.states(window), words, threshold, keep)
        return sorted(found, key=lambda p: (p.sentence, p.type, p.group))


def chosen_sentences(windows: Sequence[Window]) -> list[list[bool]]:
    """For each window which sentences to read there: each where most surrounds it."""
    best: dict[int, tuple[int, int]] = {}
    for w, window in enumerate(windows):
        for (sentence, _, _), centre in zip(window.sentences, window.centre, strict=True):
            if sentence not in best or centre > best[sentence][0]:
                best[sentence] = (centre, w)
    return [[best[s][1] == w for s, _, _ in window.sentences] for w, window in enumerate(windows)]


def _checked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    try:
        manifest: Any = json.loads(files[MANIFEST])
        version, sums = manifest["version"], dict(manifest["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{MANIFEST} of the reader is damaged: it must be JSON with 'version' and 'sha256'"
        ) from error
    if version != VERSION:
        raise ModelError(
            f"the reader's weights are of version {quote(version)}, this bizextract reads "
            f"version {quote(VERSION)}: train again with `bizextract train`, or reinstall"
        )
    for name in FILES:
        if name not in files or hashlib.sha256(files[name]).hexdigest() != sums.get(name):
            raise ModelError(
                f"{name} of the reader is missing, cut short or changed "
                f"(SHA-256 differs from {MANIFEST}): reinstall bizextract or train again"
            )
    return {name: bytes(files[name]) for name in (MANIFEST, *FILES)}


def pack(files: Mapping[str, bytes]) -> bytes:
    """Join files into one byte string: a line of JSON with names and lengths, then the contents."""
    head = json.dumps([[name, len(content)] for name, content in files.items()])
    return b"".join([head.encode(), b"\n", *files.values()])


def unpack(data: bytes) -> dict[str, bytes]:
    """Undo `pack`.

    Raises:
        ModelError: The bytes are not what `pack` gives.
    """
    head, newline, rest = data.partition(b"\n")
    try:
        sizes = [(str(name), int(size)) for name, size in json.loads(head)]
    except (TypeError, ValueError) as error:
        raise ModelError("these bytes hold no reader: give what to_bytes gave") from error
    if not newline or sum(size for _, size in sizes) != len(rest):
        raise ModelError("the bytes of the reader are cut short: give all that to_bytes gave")
    files, at = {}, 0
    for name, size in sizes:
        files[name] = rest[at : at + size]
        at += size
    return files


def manifest(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """The content of ``reader.json`` for the other three files."""
    sums = {name: hashlib.sha256(files[name]).hexdigest() for name in FILES}
    return json.dumps({"version": VERSION, "sha256": sums, **about}, indent=1).encode() + b"\n"
