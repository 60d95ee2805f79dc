"""Line coverage of the contracts by file out of an lcov report.

python -m tests.bench.contract_coverage --lcov var/coverage/contracts.lcov --least 95

A line counts as reached when any test ran it; a file that several records name counts once.
Exits with 1 where fewer than `--least` percent of all lines were reached, or where the report names no line at all.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

Hits = Mapping[str, Mapping[int, int]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lcov", type=Path, required=True)
    parser.add_argument("--least", type=float, required=True)
    options = parser.parse_args(arguments)
    hits = hits_of(options.lcov.read_text().splitlines())
    sys.stdout.write(table(hits) + "\n")
    return 0 if hits and percent(hits.values()) >= options.least else 1


def hits_of(report: Iterable[str]) -> dict[str, dict[int, int]]:
    """How often each line of each file ran: records of one file are added up."""
    hits: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    file = ""
    for line in report:
        kind, _, rest = line.strip().partition(":")
        if kind == "SF":
            file = rest
        elif kind == "DA":
            number, count, *_ = rest.split(",")
            hits[file][int(number)] += int(count)
    return {name: dict(lines) for name, lines in hits.items()}


def percent(files: Iterable[Mapping[int, int]]) -> float:
    """Of all lines of these files those reached; 0 where there is no line."""
    counts = [count for lines in files for count in lines.values()]
    return 100 * sum(count > 0 for count in counts) / len(counts) if counts else 0.0


def table(hits: Hits) -> str:
    rows = [
        f"{name:<52} {percent([lines]):>7.2f} %  {_missed(lines)}".rstrip()
        for name, lines in sorted(hits.items())
    ]
    reached = sum(count > 0 for lines in hits.values() for count in lines.values())
    total = sum(len(lines) for lines in hits.values())
    return "\n".join([*rows, f"{'all':<52} {percent(hits.values()):>7.2f} %  {reached:,} of {total:,} lines"])


def _missed(lines: Mapping[int, int]) -> str:
    return ", ".join(str(number) for number, count in sorted(lines.items()) if count == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
