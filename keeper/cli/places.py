"""Where things lie in the repository."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CHAIN_CONFIG = REPOSITORY / "deploy/chains/local.toml"
