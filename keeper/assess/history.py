"""The model's price history: a file, content-addressed, continued by the rounds since.

Document: {"step_seconds", "timestamps": [...], "spots": [[...]], "volatilities": [[...]], "source": "..."}; rows are
bars, columns underlyings 1, 2, ...; volatilities are 30-day at-the-money, per 1.00.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from eth_utils.crypto import keccak

from keeper.assess.inputs import HourlyMark
from keeper.canonical import canonical_json
from keeper.errors import ConfigurationError
from risk.arrays import FloatArray
from risk.errors import RiskError
from risk.returns.history import History

# Bars without a mark that are held for a market that stood still: an outage of a day, not the weeks between a history
# file and the oldest mark that is kept.
MOST_SILENT_BARS = 24


def load_history(path: Path) -> tuple[History, str, dict[str, Any]]:
    """The history, its keccak-256 (hex) and the document itself. Raises ConfigurationError saying what is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"history {path} cannot be read: {error}; see docs/configuration.md"
        ) from error
    return parse_history(document), history_digest(document), document


def history_digest(document: dict[str, Any]) -> str:
    """keccak-256 of the document's RFC 8785 form, 0x-prefixed."""
    return "0x" + bytes(keccak(canonical_json(document))).hex()


def parse_history(document: dict[str, Any]) -> History:
    """Raises ConfigurationError when bars are missing, unordered or not positive."""
    try:
        return History(
            timestamps=np.array(document["timestamps"], dtype=np.int64),
            spots=np.array(document["spots"], dtype=float),
            volatilities=np.array(document["volatilities"], dtype=float),
            step_seconds=document["step_seconds"],
        )
    except (KeyError, TypeError, ValueError, RiskError) as error:
        raise ConfigurationError(f"not a price history: {error}") from error


def continued(history: History, recent: Sequence[HourlyMark]) -> History:
    """The history with the marks after its end appended on its own grid.

    A bar takes the newest mark at or before its end; a bar without one repeats the bar before (the market was
    not seen, so no move is invented), and marks before the history's end are ignored. A silence of more than
    `MOST_SILENT_BARS` is left out: bars that stand still for weeks would pass for a calm market. What was before it
    moves up in time and level to the first mark after it, with all its moves.
    """
    step = history.step_seconds
    marks = [mark for mark in recent if mark.at > history.timestamps[-1]]
    if not marks or marks[-1].at < history.timestamps[-1] + step:
        return history
    for run in _runs(marks, longest=MOST_SILENT_BARS * step):
        if run[0].at - history.timestamps[-1] > MOST_SILENT_BARS * step:
            history = _moved_up(history, run[0])
        history = _extended(history, run)
    return history


def _runs(marks: Sequence[HourlyMark], *, longest: int) -> list[list[HourlyMark]]:
    """Marks apart where none came for more than `longest` seconds."""
    runs = [[marks[0]]]
    for before, mark in pairwise(marks):
        if mark.at - before.at > longest:
            runs.append([])
        runs[-1].append(mark)
    return runs


def _moved_up(history: History, mark: HourlyMark) -> History:
    """Ends on its grid at or before the mark, at the mark's level: the log moves stay as they are."""
    step = history.step_seconds
    bars = (mark.at - history.timestamps[-1]) // step
    return History(
        timestamps=history.timestamps + bars * step,
        spots=history.spots * (_spots(mark) / history.spots[-1]),
        volatilities=history.volatilities * (np.array(mark.volatilities) / history.volatilities[-1]),
        step_seconds=step,
    )


def _extended(history: History, marks: Sequence[HourlyMark]) -> History:
    step, end = history.step_seconds, int(history.timestamps[-1])
    times = np.arange(end + step, marks[-1].at + 1, step, dtype=np.int64)
    if times.size == 0:
        return history
    spots, volatilities = [], []
    position, spot, volatility = 0, history.spots[-1], history.volatilities[-1]
    for time in times:
        while position < len(marks) and marks[position].at <= time:
            spot, volatility = _spots(marks[position]), np.array(marks[position].volatilities)
            position += 1
        spots.append(spot)
        volatilities.append(volatility)
    return History(
        timestamps=np.concatenate([history.timestamps, times]),
        spots=np.vstack([history.spots, *spots]),
        volatilities=np.vstack([history.volatilities, *volatilities]),
        step_seconds=step,
    )


def _spots(mark: HourlyMark) -> FloatArray:
    return np.array([float(spot) for spot in mark.spots])
