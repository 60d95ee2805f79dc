"""Accounts, cash and positions on a local chain by the ledger's own functions, called as its trading module is: every
storage slot, sequence number and event is real, and no margin is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from random import Random

from keeper.chain import AnvilControl, ChainReader, Contract, Rpc
from keeper.errors import ChainError
from keeper.types import WAD
from risk.instruments import CALL, PERPETUAL, PUT, Instrument

Trade = tuple[int, int, int, int, int]  # buyer, seller, instrument, quantity (WAD), price (WAD)
_GAS = 600_000  # of a call that settles funding and interest on both sides
_CALLS_A_BLOCK = 160  # a block has room for so many, each with all its gas
_PLENTY = 10**24
_MICROS = 10**6


class BookWriter:
    """Writes as `TradeSettlement`, whose address it borrows."""

    def __init__(self, rpc: Rpc, reader: ChainReader, token: Contract, operator: str) -> None:
        self._rpc, self._control = rpc, AnvilControl(rpc)
        self._ledger = reader.contracts["MarginAccounts"]
        self._module = reader.contracts["TradeSettlement"].address
        self._token, self._operator = token, operator

    async def open(self) -> None:
        """Tokens for deposits, and the module's address."""
        await self._rpc.call("anvil_impersonateAccount", self._module)
        await self._control.set_balance(self._module, _PLENTY)
        await self.send(self._operator, self._token, "mint", [(self._operator, 10**30)])
        await self.send(self._operator, self._token, "approve", [(self._ledger.address, 2**255)])

    async def accounts(self, count: int) -> None:
        await self.send(self._operator, self._ledger, "create", [(self._operator,)] * count)

    async def deposits(self, accounts: Iterable[int], units: int) -> None:
        """Token units (1e-6) into each."""
        await self.send(self._operator, self._ledger, "deposit", [(a, units) for a in accounts])

    async def trades(self, trades: Sequence[Trade]) -> None:
        await self.send(self._module, self._ledger, "settleTrade", trades)

    async def send(
        self, sender: str, contract: Contract, function: str, calls: Sequence[tuple[object, ...]]
    ) -> None:
        """All calls, some to a block. Raises `ChainError` where one failed."""
        common = {"from": sender, "to": contract.address, "gas": hex(_GAS)}
        nonce = int(await self._rpc.call("eth_getTransactionCount", sender, "latest"), 16)
        await self._control.set_automine(False)
        for first in range(0, len(calls), _CALLS_A_BLOCK):
            part = calls[first : first + _CALLS_A_BLOCK]
            data = ["0x" + contract.encode(function, *arguments).hex() for arguments in part]
            made = [{**common, "data": item, "nonce": hex(nonce + first + i)} for i, item in enumerate(data)]
            hashes = _answered(await self._rpc.batch([("eth_sendTransaction", [item]) for item in made]))
            await self._rpc.call("evm_mine")
            await self._require_mined(hashes[-1], len(hashes))
        await self._control.set_automine(True)

    async def _require_mined(self, last: str, count: int) -> None:
        receipt = await self._rpc.call("eth_getTransactionReceipt", last)
        while receipt is None:
            await asyncio.sleep(0.005)
            receipt = await self._rpc.call("eth_getTransactionReceipt", last)
        receipts = await self._rpc.call("eth_getBlockReceipts", receipt["blockNumber"])
        failed = [item["transactionHash"] for item in receipts if int(item["status"], 16) != 1]
        if failed or len(receipts) != count:
            raise ChainError(f"{len(receipts)} of {count} calls were mined, {len(failed)} of them failed")


def _answered(answers: list[object]) -> list[str]:
    for answer in answers:
        if isinstance(answer, ChainError):
            raise answer
    return [str(answer) for answer in answers]


def instruments(expiries: Sequence[int]) -> list[Instrument]:
    """Both perpetuals, and calls and puts near the money of every expiry."""
    listed = [Instrument(underlying, 0, 0, PERPETUAL) for underlying in (1, 2)]
    for expiry in expiries:
        for underlying, strikes in ((1, range(6_500, 9_501, 500)), (2, range(160, 231, 10))):
            listed += [
                Instrument(underlying, expiry, strike * _MICROS, kind)
                for strike in strikes
                for kind in (CALL, PUT)
            ]
    return listed


def drawn_trades(
    accounts: Sequence[int], listed: Sequence[Instrument], *, each: int, seed: int
) -> list[Trade]:
    """`each` trades of neighbours, two legs a trade: about so many legs an account. Option prices are rough."""
    draw = Random(seed)  # noqa: S311 - test data
    trades = []
    for buyer, seller in zip(accounts[::2], accounts[1::2], strict=True):
        for instrument in draw.sample(list(listed), each):
            size = draw.randint(1, 40)
            quantity = size * WAD // (10 if instrument.underlying == 1 else 1)
            spot = 7_900 if instrument.underlying == 1 else 195
            price = spot * WAD if instrument.kind == PERPETUAL else spot * WAD // 20
            trades.append((buyer, seller, instrument.encode(), quantity, price))
    return trades
