"""Rolling the system out: one deployer for every chain."""

from deploy.backend import Backend, Receipt, SigningBackend, Web3Backend
from deploy.config import ChainConfig, read_chain_config
from deploy.deployer import deploy

__all__ = [
    "Backend",
    "ChainConfig",
    "Receipt",
    "SigningBackend",
    "Web3Backend",
    "deploy",
    "read_chain_config",
]
