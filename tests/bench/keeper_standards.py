"""What the keeper's figures have to reach, and what they aim at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

LEAST_DECODING: Final = 20.0  # times web3's `process_log`, on the same logs
LEAST_READS: Final = 30.0  # times sequential web3 calls, an account
MOST_EXPONENT: Final = 1.1  # of accounts, in the CPU of a cycle
AIMS: Final[Mapping[tuple[str, int], float]] = {
    ("on_chain", 10_000): 2.0,
    ("indexed", 100_000): 10.0,
}  # seconds
MET, AIMED, MISSED, OVER_AIM, DISAGREES = "met", "aim reached", "MISSED", "aim not reached", "DISAGREES"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. Only what has a must can fail; an aim is reported."""

    name: str
    must: str
    aim: str
    measured: str
    verdict: str

    @property
    def is_failure(self) -> bool:
        return self.verdict in (MISSED, DISAGREES)


def findings(document: Mapping[str, Any]) -> list[Finding]:
    """Every figure that has a must or an aim."""
    return [
        _ratio("logs decoded, x process_log", document["log_decoding"], LEAST_DECODING),
        _ratio("account reads, x web3 calls", document["account_reads"], LEAST_READS),
        *(_growth(key, value) for key, value in document["growth_exponent"].items()),
        *(
            _seconds(key, row)
            for key in ("on_chain", "indexed")
            for row in document[key]
            if (key, row["accounts"]) in AIMS
        ),
    ]


def _ratio(name: str, row: Mapping[str, Any], must: float) -> Finding:
    verdict = DISAGREES if not row["agree"] else MET if row["ratio"] >= must else MISSED
    return Finding(name, f">= {must:g}", "", f"{row['ratio']:.1f}", verdict)


def _growth(key: str, value: float | None) -> Finding:
    name = f"growth of CPU with accounts, {key.replace('_', ' ')}"
    if value is None:
        return Finding(name, f"<= {MOST_EXPONENT}", "", "one size only", "not measured")
    verdict = MET if value <= MOST_EXPONENT else MISSED
    return Finding(name, f"<= {MOST_EXPONENT}", "", f"{value:.3f}", verdict)


def _seconds(key: str, row: Mapping[str, Any]) -> Finding:
    aim = AIMS[key, row["accounts"]]
    name = f"CPU s a cycle, {row['accounts']:,} accounts {key.replace('_', ' ')}"
    verdict = AIMED if row["cpu_seconds"] <= aim else OVER_AIM
    return Finding(name, "", f"{aim:g}", f"{row['cpu_seconds']:.2f}", verdict)
