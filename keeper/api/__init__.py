"""Serve: the keeper's HTTP face, for peers (proposals), operators (health, metrics) and liquidators.

app       the application, put together from `routes`
service   the ports: the daemon's, and the desk that simulates
board     the newest table of accounts, older ones for pages, a ring of deltas
stream    the WebSocket of candidates
paging    cursors, ETags, sequence headers
problems  refusals as documents that say what to do
limits    sizes, rates, seconds, a token where an answer is costly
openapi   the description of it all
metrics   Prometheus registry of one keeper

It imports no other room.
"""

from keeper.api.app import create_app
from keeper.api.board import Board
from keeper.api.limits import RequestLimits
from keeper.api.metrics import KeeperMetrics

__all__ = ["Board", "KeeperMetrics", "RequestLimits", "create_app"]
