"""What a follower has no opinion of: lanes that its own state keeps it from signing, whoever proposes them.

That is no disagreement with the leader. The other lanes are judged and signed as ever, so prices go on while one
keeper's index is rebuilt or a human looks at its preflight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keeper.wire import LANE_MARGIN_ROOTS, LANE_MARGINS

VERDICT_LANES = frozenset({LANE_MARGINS, LANE_MARGIN_ROOTS})


def withheld(
    *, accounts: Mapping[int, Sequence[int]], over_budget: str, unknown: Mapping[int, str]
) -> dict[int, str]:
    """Lane to the reason why it is not signed here, for lanes whose rows are about `accounts`.

    Verdicts are withheld while the own preflight is `over_budget` (empty: it is not), and where one of them is about an
    account that is `unknown` here. A lane is signed whole or not at all.
    """
    reasons: dict[int, str] = {}
    for lane in sorted(VERDICT_LANES & set(accounts)):
        named = [account for account in accounts[lane] if account in unknown]
        if over_budget:
            reasons[lane] = f"preflight: {over_budget}"
        elif named:
            reasons[lane] = f"account {named[0]} is unknown here: {unknown[named[0]]}{_more(named)}"
    return reasons


def _more(named: Sequence[int]) -> str:
    return f"; and {len(named) - 1} more accounts" if len(named) > 1 else ""
