"""Books as one sparse matrix: a row for each account, a column for each listed instrument."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from risk.arrays import FloatArray, finite
from risk.errors import InvalidInput
from risk.instruments import InstrumentTable
from risk.units import WAD

__all__ = ["PositionMatrix", "as_position_matrix", "position_matrix"]

PositionMatrix: TypeAlias = "sparse.csr_array[np.float64]"


def position_matrix(
    *, table: InstrumentTable, books: Sequence[Iterable[tuple[int, int]]]
) -> "sparse.csr_array[np.float64]":
    """(accounts, instruments) quantities in units from each account's (instrument id, WAD quantity) legs.

    Legs of one instrument add up. Raises InvalidInput for an id that the table does not list.
    """
    column_of = {instrument.encode(): column for column, instrument in enumerate(table.instruments)}
    rows, columns, quantities = [], [], []
    for row, legs in enumerate(books):
        for encoded, quantity in legs:
            if encoded not in column_of:
                raise InvalidInput(
                    f"account row {row} holds instrument {encoded}, which the table does not list"
                )
            rows.append(row)
            columns.append(column_of[encoded])
            quantities.append(quantity / WAD)
    shape = (len(books), len(table))
    return sparse.csr_array((np.array(quantities, dtype=np.float64), (rows, columns)), shape=shape)


def as_position_matrix(
    quantities: "npt.ArrayLike | sparse.csr_array[np.float64]", *, instruments: int
) -> "sparse.csr_array[np.float64]":
    """Quantities as a sparse matrix; a vector is one account. Raises InvalidInput on shape, NaN or infinity."""
    if sparse.issparse(quantities):
        matrix = sparse.csr_array(quantities)
        finite("quantities", matrix.data)
    else:
        dense: FloatArray = np.atleast_2d(finite("quantities", quantities))
        matrix = sparse.csr_array(dense)
    if matrix.ndim != 2 or matrix.shape[1] != instruments:
        raise InvalidInput(f"quantities must be (accounts, {instruments} instruments), got {matrix.shape}")
    return matrix
