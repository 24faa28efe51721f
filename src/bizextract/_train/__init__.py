"""Fit the reader on gold. Needs the `train` extra (PyTorch, onnx); nothing at run time imports it."""
