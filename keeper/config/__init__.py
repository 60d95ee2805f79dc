"""The keeper's configuration: TOML plus environment, read once into frozen objects, unknown keys refused.

`load_settings(path)` reads a file; `TAILGUARD_<SECTION>__<KEY>` in the environment overrides a key of it.
"""

from keeper.config.keys import Key, KeySettings, KeystoreKey, KmsKey, Web3SignerKey
from keeper.config.liquidator import LiquidatorSettings, load_liquidator_settings
from keeper.config.settings import KeeperSettings, PeerSettings, VenueSettings, load_settings

__all__ = [
    "KeeperSettings",
    "Key",
    "KeySettings",
    "KeystoreKey",
    "KmsKey",
    "LiquidatorSettings",
    "PeerSettings",
    "VenueSettings",
    "Web3SignerKey",
    "load_liquidator_settings",
    "load_settings",
]
