"""Everything the keeper reads from the chain, pinned to one block so that no two facts disagree."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keeper.chain.abi import Artifacts
from keeper.chain.contracts import Block, Call, Caller, contracts_at
from keeper.chain.decoded import account_from, auction_from, is_absent
from keeper.chain.records import (
    Auction,
    ChainMode,
    LaneState,
    MarginState,
    PriceInterval,
    StateLaneView,
    SurfaceState,
    Witness,
    WitnessBound,
    from_struct,
)
from keeper.chain.rpc import Node
from keeper.errors import ConfigurationError, TransactionFailed
from keeper.parameters import (
    Annex,
    AuctionCurve,
    LaneLimits,
    MarginModel,
    ParametersSnapshot,
    RiskTerms,
    ScenarioPoint,
    StateLimits,
    UnderlyingConfig,
)
from keeper.types import AccountState, Attestation, LegState
from keeper.wire import LANE_MARGIN_ROOTS, LANE_MARGINS, LANE_PRICES, LANE_SURFACES, SurfaceRow

ACCOUNTS_PER_CALL = 50  # about 64 legs each stay below a node's gas and size limits of one call
SETTLEMENT_WINDOW_SECONDS = 1_800
LANES = (LANE_PRICES, LANE_SURFACES, LANE_MARGINS, LANE_MARGIN_ROOTS)


class ChainReader:
    """Typed reads of one deployment over one node. Without `block` a read is at the newest block."""

    def __init__(self, rpc: Node, artifacts: Artifacts, addresses: Mapping[str, str]) -> None:
        self.rpc = rpc
        self.contracts = contracts_at(artifacts, addresses)
        self.caller = Caller(rpc)
        self.errors = artifacts

    async def require_deployed(self, chain_id: int) -> None:
        """Start-up check: `WrongChain` for another chain, `ConfigurationError` where an address has no code."""
        await self.rpc.require_chain(chain_id)
        requests = [("eth_getCode", [contract.address, "latest"]) for contract in self.contracts.values()]
        for (name, contract), code in zip(
            self.contracts.items(), await self.rpc.batch(requests), strict=True
        ):
            if isinstance(code, Exception):
                raise code
            if code == "0x":
                raise ConfigurationError(
                    f"{name} has no code at {contract.address} on chain {chain_id}: deploy, or correct the record"
                )

    async def block(self, number: int | str = "latest") -> Block:
        return await self.caller.block(number)

    async def accounts(self, block: Block) -> tuple[AccountState, ...]:
        """Every account, in order of id."""
        lens = self.contracts["AccountLens"]
        page, total = await self.caller.call(lens, "accounts", 1, ACCOUNTS_PER_CALL, block=block)
        starts = range(1 + ACCOUNTS_PER_CALL, total + 1, ACCOUNTS_PER_CALL)
        pages = await asyncio.gather(
            *(self.caller.call(lens, "accounts", start, ACCOUNTS_PER_CALL, block=block) for start in starts)
        )
        views = [*page, *(view for following, _ in pages for view in following)]
        return tuple(account_from(view) for view in views)

    async def accounts_of(self, ids: Iterable[int], block: Block) -> tuple[AccountState, ...]:
        """These accounts, in the order given."""
        lens = self.contracts["AccountLens"]
        calls = [Call(lens, "accounts", (account, 1)) for account in ids]
        answers = await self.caller.call_many(calls, block=block)
        return tuple(account_from(view) for page, _ in answers for view in page)

    async def parameters(self, block: Block | None = None) -> ParametersSnapshot:
        """All risk parameters in force."""
        getters = (
            "parametersDigest", "listedExpiries", "covariance", "loadings", "scenarioGrid", "marginModel",
            "laneLimits", "auctionCurve", "underlyingCount", "annexes", "borrowPremium", "stateDigest",
        )  # fmt: skip
        values = dict(zip(getters, await self._many("RiskParameters", getters, block), strict=True))
        ids = range(1, values["underlyingCount"] + 1)
        configs = await self._each("RiskParameters", "underlyingConfig", ids, block)
        premiums = await self._each("RiskParameters", "perpetualPremium", ids, block)
        terms = await self._each("MarginTerms", "riskTerms", ids, block)
        return ParametersSnapshot(
            digest=values["parametersDigest"],
            underlyings=tuple(from_struct(UnderlyingConfig, config) for config in configs),
            expiries=tuple(values["listedExpiries"]),
            covariance=tuple(values["covariance"]),
            loadings=tuple(values["loadings"]),
            grid=tuple(from_struct(ScenarioPoint, point) for point in values["scenarioGrid"]),
            model=from_struct(MarginModel, values["marginModel"]),
            limits=from_struct(LaneLimits, values["laneLimits"]),
            curve=from_struct(AuctionCurve, values["auctionCurve"]),
            annexes=tuple(from_struct(Annex, annex) for annex in values["annexes"]),
            premiums=tuple(premiums),
            borrow_premium=values["borrowPremium"],
            state_digest=values["stateDigest"],
            terms=tuple(from_struct(RiskTerms, item) for item in terms),
        )

    async def parameters_digests(self, block: Block | None = None) -> tuple[bytes, bytes]:
        """Of the parameters and of the market state: one of them changes whenever any value does."""
        digests = await self._many("RiskParameters", ("parametersDigest", "stateDigest"), block)
        return bytes(digests[0]), bytes(digests[1])

    async def lanes(self, block: Block | None = None) -> LaneState:
        """Configuration digest, signer set and last sequence numbers."""
        getters = ("configDigest", "epoch", "threshold", "signers")
        digest, epoch, threshold, signers = await self._many("SignedLanes", getters, block)
        sequences = await self._each("SignedLanes", "lastSequence", LANES, block)
        state = await self._state_lane(block)
        known = dict(zip(LANES, sequences, strict=True))
        return LaneState(digest, epoch, threshold, tuple(signers), known, state)

    async def _state_lane(self, block: Block | None) -> StateLaneView:
        getters = ("configDigest", "lastSequence", "lastObservedAt", "changedAt", "stateLimits")
        config, sequence, observed_at, changed_at, limits = await self._many("StateLane", getters, block)
        return StateLaneView(config, sequence, observed_at, changed_at, from_struct(StateLimits, limits))

    async def prices(
        self, underlyings: Iterable[int], block: Block | None = None
    ) -> dict[int, PriceInterval]:
        """Price intervals by underlying; one never priced is absent."""
        ids = list(underlyings)
        answers = await self._each("SignedLanes", "priceInterval", ids, block, keep_reverts=True)
        return {
            underlying: from_struct(PriceInterval, answer)
            for underlying, answer in zip(ids, answers, strict=True)
            if not is_absent(answer)
        }

    async def surfaces(
        self, keys: Iterable[tuple[int, int]], block: Block | None = None
    ) -> dict[tuple[int, int], SurfaceState]:
        """Last surfaces by (underlying, expiry); one never published is absent."""
        wanted = list(keys)
        calls = [Call(self.contracts["SignedLanes"], "surface", key) for key in wanted]
        slow = [Call(self.contracts["SignedLanes"], "volatilityReference", key) for key in wanted]
        answers = await self.caller.call_many([*calls, *slow], block=block, keep_reverts=True)
        return {
            key: SurfaceState(from_struct(SurfaceRow, answer[0]), answer[1], reference)
            for key, answer, reference in zip(
                wanted, answers[: len(wanted)], answers[len(wanted) :], strict=True
            )
            if not is_absent(answer)
        }

    async def attestations(
        self, accounts: Iterable[int], block: Block | None = None
    ) -> dict[int, Attestation]:
        """Last accepted verdicts by account; one never attested is absent."""
        ids = list(accounts)
        answers = await self._each("SignedLanes", "attestation", ids, block)
        attested = {a: from_struct(Attestation, answer) for a, answer in zip(ids, answers, strict=True)}
        return {account: last for account, last in attested.items() if last.observed_at}

    async def settlement_price(self, underlying: int, expiry: int, block: Block | None = None) -> int:
        """WAD, 0 until it is fixed."""
        return int(await self._one("SignedLanes", "settlementPrice", (underlying, expiry), block))

    async def accruals(
        self, keys: Iterable[tuple[int, int]], block: Block
    ) -> dict[tuple[int, int], tuple[int, int]]:
        """Of settlement windows open at the block, by (underlying, expiry): seconds over, and price x seconds in these
        (WAD). One with a gap is absent."""
        open_ = [key for key in keys if 0 < key[1] - block.timestamp < SETTLEMENT_WINDOW_SECONDS]
        calls = [Call(self.contracts["SignedLanes"], "settlementAccrued", key) for key in open_]
        answers = await self.caller.call_many(calls, block=block)
        return {
            key: (covered, total) for key, (covered, total) in zip(open_, answers, strict=True) if covered
        }

    async def margins(
        self, accounts: Iterable[int], block: Block | None = None
    ) -> dict[int, MarginState | TransactionFailed]:
        """Live margins by account; an account the engine reverts on has the decoded error in its place."""
        ids = list(accounts)
        answers = await self._each("MarginEngine", "marginOf", ids, block, keep_reverts=True)
        return {
            account: answer if isinstance(answer, TransactionFailed) else from_struct(MarginState, answer)
            for account, answer in zip(ids, answers, strict=True)
        }

    async def what_if(
        self, account: int, changes: Sequence[LegState], cash_change: int = 0, block: Block | None = None
    ) -> MarginState:
        """The margin of an account after a change of legs and cash."""
        legs = [(leg.instrument, leg.quantity) for leg in changes]
        answer = await self._one("MarginEngine", "whatIf", (account, legs, cash_change), block)
        return from_struct(MarginState, answer)

    async def mode(self, block: Block | None = None) -> ChainMode:
        return ChainMode(await self._one("MarginEngine", "mode", (), block))

    async def mark(self, account: int, block: Block | None = None) -> int:
        """Value of all legs at the signed price, WAD."""
        return int(await self._one("MarginEngine", "markOf", (account,), block))

    async def worst_witness(self, account: int, block: Block | None = None) -> Witness:
        return from_struct(Witness, await self._one("MarginEngine", "worstWitness", (account,), block))

    async def witness_bound(self, account: int, witness: Witness, block: Block | None = None) -> WitnessBound:
        """Maintenance bound by this witness, and equity at both price ends."""
        return WitnessBound(*await self._one("MarginEngine", "witnessOf", (account, witness), block))

    async def auctions(self, accounts: Iterable[int], block: Block | None = None) -> dict[int, Auction]:
        """Running auctions by account."""
        ids = list(accounts)
        answers = await self._each("Liquidation", "auctionOf", ids, block)
        return {
            account: auction_from(answer)
            for account, answer in zip(ids, answers, strict=True)
            if answer["startedAt"]
        }

    async def discount_now(self, account: int, block: Block | None = None) -> int:
        """WAD money for taking everything now."""
        return int(await self._one("Liquidation", "discountNow", (account,), block))

    async def largest_fraction(self, account: int, block: Block | None = None) -> int:
        """Most a bidder may take now, WAD share of present legs."""
        return int(await self._one("Liquidation", "largestFraction", (account,), block))

    async def clock_runs_until(self, block: Block | None = None) -> int:
        """Unix seconds until which the auction clock goes on without another reading."""
        return int(await self._one("Liquidation", "clockRunsUntil", (), block))

    async def leg_discounts(
        self, account: int, legs: Sequence[LegState], block: Block | None = None
    ) -> dict[int, int]:
        """WAD discount now of a bid for each leg alone, by instrument; without those that no bid may take alone."""
        calls = [
            Call(self.contracts["Liquidation"], "quoteLegs", (account, [(leg.instrument, abs(leg.quantity))]))
            for leg in legs
        ]
        answers = await self.caller.call_many(calls, block=block, keep_reverts=True)
        return {
            leg.instrument: int(answer["discount"])
            for leg, answer in zip(legs, answers, strict=True)
            if not isinstance(answer, TransactionFailed)
        }

    async def insurance_balance(self, block: Block | None = None) -> int:
        """WAD."""
        return int(await self._one("InsuranceFund", "balance", (), block))

    async def cash(self, account: int, block: Block | None = None) -> int:
        """WAD, after funding and socialised losses."""
        return int(await self._one("MarginAccounts", "cashOf", (account,), block))

    async def account_count(self, block: Block | None = None) -> int:
        return int(await self._one("MarginAccounts", "accountCount", (), block))

    async def _one(self, name: str, function: str, arguments: tuple[Any, ...], block: Block | None) -> Any:  # noqa: ANN401 - as dynamic as the ABI
        return await self.caller.call(self.contracts[name], function, *arguments, block=block)

    async def _many(self, name: str, functions: Sequence[str], block: Block | None) -> list[Any]:
        calls = [Call(self.contracts[name], function) for function in functions]
        return await self.caller.call_many(calls, block=block)

    async def _each(
        self,
        name: str,
        function: str,
        ids: Iterable[int],
        block: Block | None,
        *,
        keep_reverts: bool = False,
    ) -> list[Any]:
        calls = [Call(self.contracts[name], function, (identifier,)) for identifier in ids]
        return await self.caller.call_many(calls, block=block, keep_reverts=keep_reverts)
