"""The reference liquidator, and what a keeper tells every other one.

policy   what to do about one account: a pure decision
bot      the loop around it, over the contracts' own views
scan     accounts as documents, at one block
watch    keeps a table of them in step with the chain
desk     margins after a change and signed quotes, for whoever asks
quoting  what liquidating an account offers at a block
leg_bids which legs are worth naming, and bids for them as simulated
solvency whether losses are covered: exit gate, deficits, fund, queued exits
simulate calls on the state after a block, without sending them
calls    how the contracts are asked to liquidate, in one place
names    instruments as people write them
"""

from keeper.liquidator.bot import LiquidatorBot, StepResult
from keeper.liquidator.desk import LiquidationDesk
from keeper.liquidator.policy import BidLimits
from keeper.liquidator.quoting import QuoteTerms
from keeper.liquidator.transactor import BoundedTransactor, OutboxTransactor
from keeper.liquidator.watch import Watch, WatchPolicy

__all__ = [
    "BidLimits",
    "BoundedTransactor",
    "LiquidationDesk",
    "LiquidatorBot",
    "OutboxTransactor",
    "QuoteTerms",
    "StepResult",
    "Watch",
    "WatchPolicy",
]
