"""Short names for the ways a source gives nothing usable."""

from __future__ import annotations

from keeper.errors import FeedError
from keeper.types import RejectionReason

__all__ = ["malformed", "not_positive", "unreachable"]

_SHOWN_CHARACTERS = 80


def malformed(what: str, value: object) -> FeedError:
    """The source answered, in a form that is not its published one; `value` is shown, shortened."""
    return FeedError(RejectionReason.MALFORMED, f"{what}: {_shortened(value)}")


def not_positive(what: str, value: object) -> FeedError:
    return FeedError(RejectionReason.NOT_POSITIVE, f"{what} is {_shortened(value)}")


def unreachable(detail: str) -> FeedError:
    return FeedError(RejectionReason.UNREACHABLE, detail)


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."
