"""Recorded data, from the folder that TAILGUARD_DATA names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def data_folder(name: str) -> Path:
    """The folder, or a skip that says what is missing."""
    root = os.environ.get("TAILGUARD_DATA")
    if not root:
        pytest.skip("TAILGUARD_DATA is not set: recorded market data is not at hand")
    folder = Path(root) / name
    if not folder.is_dir():
        pytest.skip(f"TAILGUARD_DATA holds no {name}")
    return folder
