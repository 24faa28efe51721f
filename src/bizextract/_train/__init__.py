"""Fits the reader on gold; needs the `train` extra, and nothing at run time imports it."""
