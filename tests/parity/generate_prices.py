"""Golden vectors of the price combination: random answers, combined by the audit's mirror.

`python -m tests.parity.generate_prices` writes `tests/parity/vectors/prices.json`, which the contracts' test reads.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from keeper.audit.prices import combine
from keeper.chain import PriceInterval

VECTORS = Path(__file__).parent / "vectors" / "prices.json"
CASES = 400
SOURCES = 4
SILENT = PriceInterval(0, 0, 0, 0)


def _answer(source: random.Random, chance: float) -> PriceInterval:
    """Narrow enough a range that overlaps, gaps and touching ends all come up."""
    if source.random() > chance:
        return SILENT
    price, width = source.randrange(60, 140), source.choice((0, 1, 3, 10, 25, 80))
    return PriceInterval(max(price - width, 0), price, price + width, source.randrange(1, 10))


def _flat(*intervals: PriceInterval) -> list[int]:
    return [value for i in intervals for value in (i.low, i.price, i.high, i.observed_at)]


def vectors() -> dict[str, list[int]]:
    """Inputs: signed, the level before a jump, four sources; outputs: the interval and how many agree."""
    source = random.Random(20_000)  # noqa: S311 - test cases, not keys
    inputs, outputs = [], []
    for _ in range(CASES):
        signed = _answer(source, 0.8)
        before = _answer(source, 0.3) if signed.observed_at else SILENT
        answers = [_answer(source, 0.6) for _ in range(SOURCES)]
        result, agreeing = combine(
            signed if signed.observed_at else None, before if before.observed_at else None, answers
        )
        inputs += _flat(signed, before, *answers)
        outputs += [*_flat(result or SILENT), agreeing]
    return {"inputs": inputs, "outputs": outputs}


def main() -> None:
    VECTORS.write_text(json.dumps(vectors()) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
