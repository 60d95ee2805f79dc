"""Errors of the package.

RiskError (a ValueError)
├── InvalidInput              a number outside the function's domain: not finite, negative, wrong shape
│   └── MalformedInstrument   an instrument id that names no tradeable form
├── NotEnoughObservations     a sample too small for the estimate asked for
├── MissingMarketData         no index price or surface for an instrument that needs one
├── TargetUnreachable         no value in the range searched reaches what was asked for
├── ConvergenceError          an iteration that did not reach its tolerance
└── ArbitrageError            a surface that admits butterfly or calendar arbitrage where none is allowed

Every message holds the deciding values.
"""

__all__ = [
    "ArbitrageError",
    "ConvergenceError",
    "InvalidInput",
    "MalformedInstrument",
    "MissingMarketData",
    "NotEnoughObservations",
    "RiskError",
    "TargetUnreachable",
]


class RiskError(ValueError):
    """Anything this package refuses."""


class InvalidInput(RiskError):
    """A number outside a function's domain."""


class MalformedInstrument(InvalidInput):
    """An instrument id that names no tradeable form."""


class NotEnoughObservations(RiskError):
    """A sample too small for the estimate asked for."""


class MissingMarketData(RiskError):
    """No index price or surface for an instrument that needs one."""


class TargetUnreachable(RiskError):
    """No value in the range searched reaches what was asked for."""


class ConvergenceError(RiskError):
    """An iteration that did not reach its tolerance."""


class ArbitrageError(RiskError):
    """A surface that admits arbitrage where none is allowed."""
