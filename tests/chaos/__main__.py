"""Everything that goes wrong, on purpose: writes what became of it.

python -m tests.chaos --out var/chaos/summary.json [--kills 200] [--seed 1]

Exits with 1 where an update was lost or doubled, a nonce left out, or an index differs from a rebuilt one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from tests.chaos.faults import suffered
from tests.chaos.kills import killed


async def trials(options: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        records, after_faults = await suffered(Path(folder))
        print(f"{len(records)} faults: {after_faults}", file=sys.stderr)  # noqa: T201 - the trial's voice
    with tempfile.TemporaryDirectory() as folder:
        kills = await killed(Path(folder), times=options.kills, seed=options.seed)
        print(f"{options.kills} kills: {kills.verdict}", file=sys.stderr)  # noqa: T201
    verdicts = (after_faults, kills.verdict)
    return {
        "kills": options.kills,
        "lost": sum(verdict.lost for verdict in verdicts),
        "doubled": sum(verdict.doubled for verdict in verdicts),
        "nonce_gaps": sum(verdict.nonce_gaps for verdict in verdicts),
        "is_clean": all(verdict.is_clean for verdict in verdicts),
        "kills_by_step": kills.document(),
        "faults": [record.document() for record in records],
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    summary = asyncio.run(trials(options))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf8")
    return 0 if summary["is_clean"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
