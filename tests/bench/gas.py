"""Compares measured gas with the committed snapshot and the musts, and contract sizes with the limit.

python -m tests.bench.gas --measured var/gas/Budget.json --artifacts out-release

Exits with 1 where gas has risen above the committed snapshot, where the snapshot lacks a figure or has one that nobody
measures, or where a contract is too large for the chain. What has become cheaper is shown and fails nothing, so that
it can land before `make gas` renews the snapshot; nor does a must that is missed, which the table says.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

SNAPSHOT = Path("snapshots/Budget.json")
SIZE_LIMIT = 24_576
# Metadata hashes move a few bytes of calldata and code; what drifts further is measured anew.
TOLERANCE = 0.01

MUSTS = {
    "black76_greeks": 2_200,
    "bid_one_leg_64": 550_000,
    "delta_gamma_vega_64": 350_000,
    "margin_proof": 52_000,
    "margin_root": 65_000,
    "margin_rows_100": 800_000,
    "own_requirement_128": 4_800_000,
    "own_requirement_16": 650_000,
    "own_requirement_64": 2_400_000,
    "publish_prices_1": 70_000,
    "publish_prices_20": 200_000,
    "start_liquidation_64": 480_000,
    "trade_one_leg_64": 2_800_000,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measured", type=Path, required=True)
    parser.add_argument("--artifacts", type=Path, required=True)
    options = parser.parse_args(arguments)
    rows = list(compared(_figures(SNAPSHOT), _figures(options.measured)))
    sizes = sizes_of(options.artifacts)
    sys.stdout.write(table(rows) + "\n\n" + size_table(sizes) + "\n")
    too_large = [name for name, size in sizes.items() if size > SIZE_LIMIT]
    return 1 if too_large or not sizes or any(fails(row[4]) for row in rows) else 0


Row = tuple[str, int | None, int | None, int | None, str]


def compared(snapshot: Mapping[str, int], measured: Mapping[str, int]) -> Iterator[Row]:
    """Key, snapshot, measured, must and verdict of everything in either."""
    for key in sorted(snapshot.keys() | measured.keys()):
        before, now, must = snapshot.get(key), measured.get(key), MUSTS.get(key)
        yield key, before, now, must, verdict(before, now, must)
    for key in sorted(MUSTS.keys() - measured.keys() - snapshot.keys()):
        yield key, None, None, MUSTS[key], "STALE: not measured"


def verdict(before: int | None, now: int | None, must: int | None) -> str:
    if before is None:
        return "STALE: not in the snapshot"
    if now is None:
        return "STALE: not measured"
    if now > before * (1 + TOLERANCE):
        return f"REGRESSION: {now / before - 1:+.1%}"
    if now < before * (1 - TOLERANCE):
        return f"cheaper: {now / before - 1:+.1%}, renew the snapshot" + _beside(now, must)
    return _beside(now, must).removeprefix("; ")


def _beside(now: int, must: int | None) -> str:
    if must is None:
        return "; no must"
    return "; reached" if now <= must else f"; above the must: {now / must - 1:+.1%}"


def fails(verdict_: str) -> bool:
    return verdict_.startswith(("STALE", "REGRESSION"))


def table(rows: list[Row]) -> str:
    lines = [("key", "snapshot", "measured", "must", "verdict")]
    lines += [
        (key, _number(before), _number(now), _number(must), word) for key, before, now, must, word in rows
    ]
    return "\n".join(f"{a:<26} {b:>10} {c:>10} {d:>10}  {e}" for a, b, c, d, e in lines)


def size_table(sizes: Mapping[str, int]) -> str:
    """The largest five, and every contract above the limit."""
    ordered = sorted(sizes.items(), key=lambda item: -item[1])
    shown = [item for place, item in enumerate(ordered) if place < 5 or item[1] > SIZE_LIMIT]
    lines = [f"{len(sizes)} contracts measured, limit {SIZE_LIMIT:,} bytes; the largest:"]
    return "\n".join(
        lines
        + [
            f"{name:<26} {size:>10,}  {'TOO LARGE' if size > SIZE_LIMIT else ''}".rstrip()
            for name, size in shown
        ]
    )


def sizes_of(artifacts: Path) -> dict[str, int]:
    """Bytes of deployed code of each contract under contracts/."""
    sizes = {}
    for path in artifacts.glob("*.sol/*.json"):
        if path.name.endswith(".abi.json"):
            continue
        artifact = json.loads(path.read_text())
        source = next(iter(artifact["metadata"]["settings"]["compilationTarget"]), "")
        code = artifact["deployedBytecode"]["object"].removeprefix("0x")
        if source.startswith("contracts/") and code:
            sizes[path.stem] = len(code) // 2
    return sizes


def _figures(path: Path) -> dict[str, int]:
    return {key: int(value) for key, value in json.loads(path.read_text()).items()}


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
