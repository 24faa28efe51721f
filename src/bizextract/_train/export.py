"""Write a fitted network as the reader's four files: an int8 encoder graph and the heads."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx  # noqa: F401  (torch's exporter needs it: better missed before an hour of fitting)
import safetensors.numpy
import torch

from bizextract._reader_model import MANIFEST, manifest
from bizextract._train.encoders import base_files
from bizextract._train.fit import head_weights
from bizextract._train.network import Network

__all__ = ["export"]


def export(network: Network, about: Mapping[str, Any], quantise: bool = True) -> dict[str, bytes]:
    """Give the contents of the reader's files.

    Args:
        network (Network): A fitted network.
        about (Mapping[str, Any]): What else ``reader.json`` shall say: data, seed, settings.
        quantise (bool): Store matrices as int8, by channel. Default: True.
    """
    network = network.eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "encoder.onnx"
        _write_graph(network, path)
        if quantise:
            path = _quantise(path)
        encoder = path.read_bytes()
    files = {
        "encoder.onnx": encoder,
        "heads.safetensors": safetensors.numpy.save(head_weights(network)),
        "tokenizer.json": base_files()[1].encode(),
    }
    return {MANIFEST: manifest(files, about), **files}


def _write_graph(network: Network, path: Path) -> None:
    ids = torch.ones(1, 8, dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.encoder, (ids, torch.zeros_like(ids)), str(path), dynamo=False,
            input_names=["ids", "shapes"], output_names=["states"], opset_version=17,
            dynamic_axes={name: {1: "pieces"} for name in ("ids", "shapes", "states")},
        )  # fmt: skip


def _quantise(path: Path) -> Path:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = path.with_name("int8.onnx")
    quantize_dynamic(
        path, small, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
        op_types_to_quantize=["MatMul", "Gather"],
    )  # fmt: skip
    return small
