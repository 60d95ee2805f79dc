"""The audit events of a deployment in a database: complete, or known not to be.

A node may answer a range of logs with silence and mean "not yet". Every contract therefore counts its events and hashes
them into a chain; the index accepts a block only when its events continue that chain and reach the count that the
contract has in storage at that very block.
"""

from keeper.index.follower import Follower, Progress
from keeper.index.portfolios import Portfolio, Portfolios

__all__ = ["Follower", "Portfolio", "Portfolios", "Progress"]
