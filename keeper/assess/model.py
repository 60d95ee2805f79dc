"""The model's configuration, its canonical form, and the digest that every round commits to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from eth_utils.crypto import keccak

from keeper.assess.charges import NO_CHARGES, ChargePolicy
from keeper.canonical import canonical_json

# Raised whenever the same inputs would give other numbers.
MODEL_VERSION = 2


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """How margins are computed.

    `confidence` of VaR and CVaR; `horizon_steps` of the history's step; the counts are scenarios of each kind;
    initial = initial_multiplier x CVaR, maintenance = maintenance_share x initial; `history` is the keccak-256 (hex) of
    the price history's canonical JSON; `charges` is what is added to CVaR before the multiplier and after.
    """

    confidence: float
    horizon_steps: int
    historical: int
    filtered_historical: int
    student_t: int
    seed: int
    initial_multiplier: float
    maintenance_share: float
    history: str
    charges: ChargePolicy = NO_CHARGES

    def canonical(self) -> dict[str, Any]:
        """What the digest is taken of; numbers as JSON numbers, RFC 8785 fixes their spelling."""
        return {"version": MODEL_VERSION, **asdict(self)}

    def digest(self) -> bytes:
        """keccak-256 of the RFC 8785 form of `canonical()`."""
        return bytes(keccak(canonical_json(self.canonical())))

    @classmethod
    def from_canonical(cls, document: dict[str, Any]) -> ModelConfig:
        """Raises ValueError for another model version: its numbers cannot be recomputed here."""
        fields = dict(document)
        version = fields.pop("version", None)
        if version != MODEL_VERSION:
            raise ValueError(f"model version {version!r} cannot be recomputed by version {MODEL_VERSION}")
        return cls(**{**fields, "charges": ChargePolicy(**fields["charges"])})
