"""Serve: the keeper's HTTP face, for peers (proposals), operators (health, metrics) and liquidators.

app       routes over the `KeeperService` port; this room imports no other room
service   the port, implemented by the daemon
metrics   Prometheus registry of one keeper
"""

from keeper.api.app import create_app
from keeper.api.metrics import KeeperMetrics

__all__ = ["KeeperMetrics", "create_app"]
