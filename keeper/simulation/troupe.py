"""Keys and configuration files of a demonstration's keepers, as an operator would have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from eth_utils.crypto import keccak

from keeper.signing import KeystoreSigner, write_secret_file
from keeper.symbols import VENUE_SYMBOLS

KEEPERS = 3
THRESHOLD = 2
_PASSWORD = "demonstration"  # noqa: S105 - guards keys that are drawn from a public seed
# Disposable keys need no slow password hash; an operator's keystore keeps the library's default.
_KDF_ROUNDS = 2**12


@dataclass(frozen=True, slots=True)
class Member:
    """One keeper's keys on disk: it signs rounds with one and pays for transactions with the other."""

    signer: int
    signer_address: str
    sender_address: str
    folder: Path


@dataclass(frozen=True, slots=True)
class RoundRhythm:
    """Settings that depend on how far apart the market's steps are, in seconds."""

    interval_seconds: int
    max_age_seconds: int
    validity_seconds: int


def seeded_key(seed: int, name: str) -> KeystoreSigner:
    """A key anyone can recompute from the seed: for local chains only."""
    secret = keccak(text=f"tailguard demonstration {seed} {name}")
    return KeystoreSigner.from_secret(int.from_bytes(secret, "big"))


def create_members(*, seed: int, folder: Path) -> list[Member]:
    """Writes the encrypted keystores and the password file of every keeper."""
    members = []
    for number in range(KEEPERS):
        home = folder / f"keeper-{number}"
        home.mkdir(parents=True)
        write_secret_file(home / "password", _PASSWORD)
        keys = {role: seeded_key(seed, f"{role} {number}") for role in ("signer", "sender")}
        for role, key in keys.items():
            key.write_keystore(home / f"{role}.json", _PASSWORD, kdf_rounds=_KDF_ROUNDS)
        members.append(Member(number, keys["signer"].address, keys["sender"].address, home))
    return members


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all keepers share: the chain with its contracts, the venues, the record they start from. Absolute paths."""

    rpc_url: str
    chain_id: int
    deployment: Path
    artifacts: Path
    venues_url: str
    aggregators: Mapping[int, str]
    history: Path
    evidence: Path
    rhythm: RoundRhythm


_CONFIGURATION = """\
signer = {signer}
clock = "chain"
poll_seconds = 0.05

[chain]
rpc_url = "{rpc_url}"
chain_id = {chain_id}
deployment = "{deployment}"
artifacts = "{artifacts}"

[keys]
signer = {{ kind = "keystore", file = "signer.json" }}
rounds = {{ kind = "keystore", file = "sender.json" }}
password_file = "password"

[feeds]
venues = [
{venues}
]
deribit_url = "{venues_url}/deribit"

[feeds.chainlink]
{chainlink}

[consensus]
max_age_seconds = {max_age_seconds}

[model]
history = "{history}"

[rounds]
interval_seconds = {interval_seconds}
validity_seconds = {validity_seconds}
price_heartbeat_seconds = {interval_seconds}
surface_heartbeat_seconds = {interval_seconds}
attestation_seconds = {interval_seconds}
# Fifty accounts of one day's traders move together; a protocol of thousands keeps the default.
preflight_accounts = 15
preflight_own_requirement = 20000000.0
preflight_cascade_accounts = 15
depth_per_percent = 50000000.0

{peers}

[serve]
port = {port}

[store]
database = "keeper.db"
evidence = "{evidence}"
"""


def write_configuration(*, member: Member, ports: Mapping[int, int], surroundings: Surroundings) -> Path:
    """The keeper's TOML file; see docs/configuration.md for each key."""
    path = member.folder / "keeper.toml"
    content = _CONFIGURATION.format(
        **_plain(surroundings),
        **asdict(surroundings.rhythm),
        signer=member.signer,
        port=ports[member.signer],
        venues=_venues(surroundings.venues_url),
        chainlink=_assignments(surroundings.aggregators),
        peers=_peers({number: port for number, port in ports.items() if number != member.signer}),
    )
    path.write_text(content, encoding="utf8")
    return path


def _plain(surroundings: Surroundings) -> dict[str, object]:
    """Fields that are written as they are."""
    names = ("rpc_url", "chain_id", "deployment", "artifacts", "venues_url", "history", "evidence")
    return {name: getattr(surroundings, name) for name in names}


def _venues(url: str) -> str:
    return "\n".join(f'  {{ name = "{name}", base_url = "{url}/{name}" }},' for name in VENUE_SYMBOLS)


def _assignments(addresses: Mapping[int, str]) -> str:
    return "\n".join(f'{underlying} = "{address}"' for underlying, address in sorted(addresses.items()))


def _peers(ports: Mapping[int, int]) -> str:
    return "\n".join(
        f'[[peers]]\nsigner = {number}\nurl = "http://127.0.0.1:{port}"'
        for number, port in sorted(ports.items())
    )
