"""The stage of a demonstration: tokens, accounts with lifelike books, an insurance fund, a liquidator's account.

Everything goes through the real contracts: tokens are deposited, orders are signed by their owners' keys (EIP-712) and
settled at the mark, so that opening a book changes nobody's equity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from eth_utils.crypto import keccak

from keeper.chain import ChainReader, Contract, Rpc
from keeper.errors import TransactionFailed
from keeper.signing import KeystoreSigner
from keeper.simulation.books import MARKET_MAKERS, AccountPlan, Holding
from keeper.simulation.receipts import mined
from keeper.types import WAD, LegState
from keeper.wire import Order, order_digest
from risk.instruments import Instrument

TOKEN_UNITS = 10**6
TOKEN_WAD = WAD // TOKEN_UNITS
_NO_EXPIRY = 2**63


@dataclass(frozen=True, slots=True)
class Amounts:
    """Deposits in quote currency."""

    market_maker: Decimal = Decimal(20_000_000)
    liquidator: Decimal = Decimal(5_000_000)
    insurance: Decimal = Decimal(60_000)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is on stage: ledger accounts by role, and the plan of each customer."""

    fund: int
    market_makers: tuple[int, ...]
    liquidator: int
    customers: Mapping[int, AccountPlan]

    @property
    def count(self) -> int:
        """Accounts that margin is computed for: all but the fund's."""
        return len(self.market_makers) + len(self.customers) + 1


class Stage:
    """Sets the stage from one unlocked account of a local chain (`operator`)."""

    def __init__(
        self,
        *,
        rpc: Rpc,
        reader: ChainReader,
        token: Contract,
        operator: str,
        chain_id: int,
        seed: int,
        amounts: Amounts | None = None,
    ) -> None:
        self._rpc = rpc
        self._reader = reader
        self._token = token
        self._operator = operator
        self._chain_id = chain_id
        self._seed = seed
        self._amounts = amounts or Amounts()
        self._keys: dict[int, KeystoreSigner] = {}
        self._salt = 0
        self._marks: dict[Instrument, int] = {}
        self._bystander = 0

    async def prepare(self, plans: Sequence[AccountPlan], *, liquidator_owner: str) -> Cast:
        """Creates every account and funds market makers, liquidator and insurance; books are opened by `open_books`."""
        accounts = self._reader.contracts["MarginAccounts"]
        fund = self._reader.contracts["InsuranceFund"]
        await self._send(self._token, "mint", self._operator, 10**15)
        for spender in (accounts.address, fund.address):
            await self._send(self._token, "approve", spender, 2**256 - 1)
        first = await self._reader.account_count() + 1
        makers = tuple(range(first, first + MARKET_MAKERS))
        customers = {first + MARKET_MAKERS + i: plan for i, plan in enumerate(plans)}
        for account in (*makers, *customers):
            self._keys[account] = self._key(account)
            await self._send(accounts, "create", self._keys[account].address)
        liquidator = first + MARKET_MAKERS + len(plans)
        await self._send(accounts, "create", liquidator_owner)
        for account in makers:
            await self._deposit(account, self._amounts.market_maker)
        await self._deposit(liquidator, self._amounts.liquidator)
        await self._send(fund, "contribute", _token_units(self._amounts.insurance))
        fund_account = await self._reader.caller.call(fund, "fundAccount")
        self._bystander = int(fund_account)
        return Cast(self._bystander, makers, liquidator, customers)

    async def open_books(self, cast: Cast) -> int:
        """Deposits for and trades every customer's book against the market makers in turn; gives the trade count."""
        trades = 0
        for position, (account, plan) in enumerate(cast.customers.items()):
            legs = [LegState(h.instrument.encode(), _wad(h.quantity)) for h in plan.holdings]
            needed = await self._reader.what_if(account, legs)
            deposit = plan.deposit_multiple * Decimal(needed.initial_requirement) / WAD
            # Legs are bought at the mark and counted at the worse end of the price interval.
            half_width = Decimal(needed.equity_high - needed.equity_low) / 2 / WAD
            await self._deposit(account, deposit + half_width + 1)
            maker = cast.market_makers[position % len(cast.market_makers)]
            # Protection is bought before risk is sold, so that every trade on the way passes the initial margin.
            for holding in sorted(plan.holdings, key=lambda h: h.quantity < 0):
                await self._trade(account, maker, holding)
                trades += 1
        return trades

    async def _trade(self, account: int, maker: int, holding: Holding) -> None:
        quantity = _wad(holding.quantity)
        price = await self._mark(holding.instrument)
        buyer, seller = (account, maker) if quantity > 0 else (maker, account)
        buy = await self._signed(buyer, holding.instrument, abs(quantity), price)
        sell = await self._signed(seller, holding.instrument, -abs(quantity), price)
        await self._send(
            self._reader.contracts["TradeSettlement"], "settle", *buy, *sell, abs(quantity), price
        )

    async def _mark(self, instrument: Instrument) -> int:
        """One unit's value by the engine: what an account without legs would gain by it. Read once an instrument."""
        if instrument not in self._marks:
            unit = [LegState(instrument.encode(), WAD)]
            with_unit = await self._reader.what_if(self._bystander, unit)
            without = await self._reader.what_if(self._bystander, [])
            gained = with_unit.equity_low + with_unit.equity_high - without.equity_low - without.equity_high
            self._marks[instrument] = max(gained // 2, 1)
        return self._marks[instrument]

    async def _signed(
        self, account: int, instrument: Instrument, quantity: int, price: int
    ) -> tuple[tuple[int, ...], str, bytes]:
        self._salt += 1
        order = Order(
            account=account,
            instrument=instrument.encode(),
            quantity=quantity,
            limit_price=price,
            minimum_fill=0,
            expiry=_NO_EXPIRY,
            owner_epoch=0,
            salt=self._salt,
        )
        key = self._keys[account]
        contract = self._reader.contracts["TradeSettlement"].address
        return order.as_tuple(), key.address, key.sign_digest(order_digest(order, self._chain_id, contract))

    async def _deposit(self, account: int, amount: Decimal) -> None:
        await self._send(self._reader.contracts["MarginAccounts"], "deposit", account, _token_units(amount))

    async def _send(self, contract: Contract, function: str, *arguments: object) -> None:
        data = "0x" + contract.encode(function, *arguments).hex()
        transaction = {"from": self._operator, "to": contract.address, "data": data, "gas": hex(25_000_000)}
        digest = await self._rpc.call("eth_sendTransaction", transaction)
        receipt = await mined(self._rpc, digest)
        if int(receipt["status"], 16) != 1:
            await self._rpc.call("eth_call", transaction, "latest")  # raises with the decoded error
            raise TransactionFailed(f"{contract.artifact.name}.{function} was not mined successfully")

    def _key(self, account: int) -> KeystoreSigner:
        secret = keccak(text=f"tailguard demonstration owner {self._seed}/{account}")
        return KeystoreSigner.from_secret(int.from_bytes(secret, "big"))


def required_instruments(plans: Iterable[AccountPlan]) -> set[Instrument]:
    """Every instrument that any plan holds."""
    return {holding.instrument for plan in plans for holding in plan.holdings}


def _wad(quantity: Decimal) -> int:
    return int(quantity * WAD)


def _token_units(amount: Decimal) -> int:
    return int((amount * TOKEN_UNITS).to_integral_value(ROUND_UP))
