"""Who signs, who governs, and the currency they settle in."""

from __future__ import annotations

from pydantic import Field, model_validator

from deploy.config.section import Address, Section


class TokenConfig(Section):
    """An existing token's address, or `mock = true` for a fresh test currency that anyone may mint."""

    address: Address | None = None
    mock: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> TokenConfig:
        if self.mock == (self.address is not None):
            raise ValueError("token: give an address or mock = true, not both")
        return self


class SignersConfig(Section):
    addresses: tuple[Address, ...] = Field(min_length=1, max_length=255)
    threshold: int = Field(ge=1, le=255)

    @model_validator(mode="after")
    def _distinct_and_enough(self) -> SignersConfig:
        if len(set(self.addresses)) != len(self.addresses):
            raise ValueError("signers: an address is listed twice")
        if self.threshold > len(self.addresses):
            raise ValueError(f"signers: threshold {self.threshold} exceeds {len(self.addresses)} signers")
        return self


class GovernanceConfig(Section):
    """Who governs after the deployment; the deploying account is never among them."""

    council: Address
    guardians: tuple[Address, ...] = Field(min_length=1)
    delay_seconds: int = Field(
        gt=0, description="between scheduling and executing a change, and of the timelock"
    )

    @model_validator(mode="after")
    def _apart(self) -> GovernanceConfig:
        if self.council in self.guardians or len(set(self.guardians)) != len(self.guardians):
            raise ValueError("governance: council and guardians must be different accounts")
        return self
