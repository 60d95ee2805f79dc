"""A value that falls at once and rises slowly, after a grace, in the contract's own integers (`Ramp`).

A rise decided while the value stands still begins after the grace and then takes `rise_seconds` for each `unit`. While
a rise is under way, a higher target is reached on the same line; a target at or below the value in force applies at
once.
"""

from dataclasses import dataclass

from risk.errors import InvalidInput

__all__ = ["RampPath", "ramp_toward", "ramp_value"]


@dataclass(frozen=True, slots=True)
class RampPath:
    """From `origin`, the value in force when the rise was decided, to `target`, from `starts_at` (unix seconds) on."""

    origin: int
    target: int
    starts_at: int


def ramp_value(*, path: RampPath, time: int, unit: int, rise_seconds: int) -> int:
    """The value in force at `time`, rounded down. Raises InvalidInput for a negative `rise_seconds`."""
    if rise_seconds < 0:
        raise InvalidInput(f"rise_seconds must be at least 0, got {rise_seconds}")
    if path.target <= path.origin:
        return path.target
    if time <= path.starts_at:
        return path.origin
    if rise_seconds == 0:
        return path.target
    return min(path.target, path.origin + unit * (time - path.starts_at) // rise_seconds)


def ramp_toward(
    *, path: RampPath, current: int, on_path: int, target: int, time: int, grace_seconds: int
) -> RampPath:
    """The path after `target` is decided at `time`.

    `current` is the value in force then, `on_path` the path's, which differs where something else lowered it.
    Raises InvalidInput for a negative grace.
    """
    if grace_seconds < 0:
        raise InvalidInput(f"grace_seconds must be at least 0, got {grace_seconds}")
    if target <= current:
        return RampPath(target, target, 0)
    if on_path >= path.target:
        return RampPath(current, target, time + grace_seconds)
    if current == on_path:
        return RampPath(path.origin, target, path.starts_at)
    return RampPath(current, target, max(path.starts_at, time))
