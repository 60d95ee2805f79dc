"""What each figure of the bench has to reach, and what it aims at."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["STANDARDS", "Standard", "table"]


@dataclass(frozen=True, slots=True)
class Standard:
    """must, aim: ratios to the peer, more is better; with `is_ceiling` gigabytes, less is better.

    tolerance: largest disagreement of the answers at which the comparison counts at all.
    """

    must: float
    aim: float
    tolerance: float
    is_ceiling: bool = False

    def verdict(self, figure: float, *, disagreement: float = 0.0) -> str:
        """DISAGREES, MISSED, met or aim reached; NaN is missed."""
        if not disagreement <= self.tolerance:
            return "DISAGREES"
        for limit, word in ((self.aim, "aim reached"), (self.must, "met")):
            if figure <= limit if self.is_ceiling else figure >= limit:
                return word
        return "MISSED"


STANDARDS: Final[Mapping[str, Standard]] = MappingProxyType(
    {
        "black76_vs_scipy": Standard(3.0, 6.0, tolerance=1e-10),  # of the largest gamma, near expiry
        "black76_vs_quantlib": Standard(100.0, 500.0, tolerance=1e-10),
        "book_var_cold": Standard(2.0, 6.0, tolerance=1e-4),  # float32 sums of twenty legs
        "book_var_warm": Standard(4.0, 12.0, tolerance=1e-4),
        "book_var_vs_f64": Standard(6.0, 25.0, tolerance=1e-4),
        "book_var_peak_gb": Standard(1.0, 0.4, tolerance=0.0, is_ceiling=True),
        "garch_vs_arch": Standard(5.0, 15.0, tolerance=5e-3),  # of a volatility, whose optimum is flat
        "svi_vs_scipy": Standard(5.0, 20.0, tolerance=1e-6),
    }
)


def table(document: Mapping[str, object]) -> str:
    """One line for each standard: figure, must, aim, both medians and the verdict."""
    lines = [
        f"{'key':<22}{'figure':>9}{'must':>8}{'aim':>8}{'ours, s':>11}{'peer, s':>11}{'runs':>6}  verdict"
    ]
    for name, standard in STANDARDS.items():
        row = document[name]
        assert isinstance(row, dict)
        times = "".join(
            f"{row[key]:>11.4f}" if key in row else f"{'':>11}"
            for key in ("ours_seconds_median", "peer_seconds_median")
        )
        lines.append(
            f"{name:<22}{row['figure']:>9.2f}{standard.must:>8g}{standard.aim:>8g}{times}"
            f"{row['runs']:>6}  {row['verdict']}"
        )
    return "\n".join(lines)
