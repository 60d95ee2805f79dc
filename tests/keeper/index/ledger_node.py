"""A node in memory whose chain can be extended, reorganised, and lied about."""

from __future__ import annotations

from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.chain import Contract
from keeper.chain.abi import Artifact, Entry
from keeper.errors import ChainError

CONTRIBUTED = Entry.parse(
    {
        "type": "event",
        "name": "Contributed",
        "inputs": [
            {"name": "account", "type": "uint64", "indexed": True},
            {"name": "amount", "type": "uint256", "indexed": False},
            {"name": "seq", "type": "uint64", "indexed": False},
            {"name": "runningHash", "type": "bytes24", "indexed": False},
        ],
    }
)
AUDIT_TRAIL = Entry.parse(
    {
        "type": "function",
        "name": "auditTrail",
        "inputs": [],
        "outputs": [{"name": "seq", "type": "uint64"}, {"name": "runningHash", "type": "bytes24"}],
    }
)
ADDRESSES = {
    "Ledger": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "Lanes": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
}
CONTRACTS = {
    name: Contract(address, Artifact(name, (CONTRIBUTED, AUDIT_TRAIL), b""))
    for name, address in ADDRESSES.items()
}


class LedgerNode:
    """`mine` takes the amounts that each contract logs in one block. `url` and the calls are those of a node."""

    url = "memory"

    def __init__(self, *, longest_range: int = 10_000) -> None:
        self.blocks: list[dict[str, Any]] = []
        self.longest_range = longest_range
        self.silent: set[int] = set()  # numbers of blocks whose logs this node forgets
        self._salt = 0
        self.mine({})

    def mine(self, amounts: dict[str, list[int]]) -> None:
        """One more block."""
        self._salt += 1
        parent = self.blocks[-1] if self.blocks else {"hash": "0x00", "trails": {}}
        number = len(self.blocks)
        digest = "0x" + keccak(text=f"{parent['hash']} {number} {self._salt}").hex()
        trails, logs = dict(parent["trails"]), []
        for name, values in sorted(amounts.items()):
            for amount in values:
                trails[name], log = self._log(name, amount, trails.get(name, (0, bytes(24))), number)
                logs.append({**log, "logIndex": hex(len(logs))})
        self.blocks.append({"hash": digest, "trails": trails, "logs": logs})

    def reorganise(self, depth: int) -> None:
        """Takes the last blocks away; what is mined next is another branch."""
        del self.blocks[len(self.blocks) - min(depth, len(self.blocks) - 1) :]

    async def call(self, method: str, *parameters: Any) -> Any:
        return (await self.batch([(method, list(parameters))]))[0]

    async def batch(self, requests: list[tuple[str, list[Any]]]) -> list[Any]:
        return [self._answer(method, parameters) for method, parameters in requests]

    async def require_chain(self, chain_id: int) -> None:
        """Any."""

    def doubt(self, method: str, reason: str) -> None:
        """There is no other."""

    def _answer(self, method: str, parameters: list[Any]) -> Any:
        if method == "eth_getBlockByNumber":
            number = len(self.blocks) - 1 if parameters[0] == "latest" else int(parameters[0], 16)
            if number >= len(self.blocks):
                return None
            return {"number": hex(number), "hash": self.blocks[number]["hash"], "timestamp": hex(number)}
        if method == "eth_getLogs":
            first, last = int(parameters[0]["fromBlock"], 16), int(parameters[0]["toBlock"], 16)
            if last - first + 1 > self.longest_range:
                raise ChainError("query exceeds max block range")
            chosen = range(first, min(last, len(self.blocks) - 1) + 1)
            return [log for n in chosen if n not in self.silent for log in self.blocks[n]["logs"]]
        return self._trail(*parameters)

    def _trail(self, call: dict[str, str], at: dict[str, Any]) -> str:
        block = next(b for b in self.blocks if b["hash"] == at["blockHash"])
        name = next(n for n, address in ADDRESSES.items() if address == call["to"])
        return "0x" + encode(["uint64", "bytes24"], block["trails"].get(name, (0, bytes(24)))).hex()

    @staticmethod
    def _log(
        name: str, amount: int, trail: tuple[int, bytes], number: int
    ) -> tuple[tuple[int, bytes], dict[str, Any]]:
        seq, account = trail[0] + 1, encode(["uint64"], [7])
        payload = keccak(CONTRIBUTED.topic + account + encode(["uint256"], [amount]))
        running = keccak(trail[1] + seq.to_bytes(8, "big") + payload)[:24]
        log = {
            "address": ADDRESSES[name].lower(),
            "topics": ["0x" + CONTRIBUTED.topic.hex(), "0x" + account.hex()],
            "data": "0x" + encode(["uint256", "uint64", "bytes24"], [amount, seq, running]).hex(),
            "blockNumber": hex(number),
            "transactionHash": "0x" + keccak(text=f"{name} {seq} {amount}").hex(),
        }
        return (seq, running), log
