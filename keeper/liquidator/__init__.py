"""The reference liquidator.

policy   what to do about one account: a pure decision
bot      the loop around it, over the contracts' own views
"""

from keeper.liquidator.bot import LiquidatorBot, StepResult
from keeper.liquidator.policy import BidLimits
from keeper.liquidator.transactor import OutboxTransactor

__all__ = ["BidLimits", "LiquidatorBot", "OutboxTransactor", "StepResult"]
