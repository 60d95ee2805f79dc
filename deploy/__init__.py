"""Rolling the system out: one deployer for every chain."""

from deploy.backend import Backend, Receipt, SigningBackend, Web3Backend
from deploy.config import ChainConfig, read_chain_config
from deploy.deployer import deploy
from deploy.sources import mock_feeds

__all__ = [
    "Backend",
    "ChainConfig",
    "Receipt",
    "SigningBackend",
    "Web3Backend",
    "deploy",
    "mock_feeds",
    "read_chain_config",
]
