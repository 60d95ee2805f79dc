"""The little a deployer needs of a chain, and web3's providers (HTTP node, in-process eth-tester) behind it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, Protocol

from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3Exception, Web3RPCError

from keeper.chain.rpc import RevertDecoder, transaction_failed
from keeper.errors import ChainError, ChainUnreachable, TransactionFailed
from keeper.outbox import BASE_FEE_MULTIPLE, GAS_HEADROOM_PERCENT, Fees, LocalSigner, Transaction

# eth-tester gives revert data as the text of a bytes literal after these words.
ETH_TESTER_REVERT = "execution reverted: "


@dataclass(frozen=True, slots=True)
class Receipt:
    """A mined and successful transaction; `contract` is the address it created, if any."""

    transaction_hash: str
    block: int
    gas_used: int
    contract: str | None
    logs: tuple[dict[str, Any], ...]


class Backend(Protocol):
    """Sends transactions of one account and reads."""

    @property
    def sender(self) -> str: ...

    def chain_id(self) -> int: ...

    def block(self) -> tuple[int, int]:
        """Number and unix seconds of the newest block."""

    def transact(self, target: str | None, data: bytes) -> Receipt:
        """Sends (to nobody: creates), waits, and raises `TransactionFailed` on a revert."""

    def call(self, target: str, data: bytes) -> bytes: ...

    def code(self, address: str) -> bytes: ...


class Web3Backend:
    """Sends from an account that the node (or the in-process chain) holds unlocked."""

    def __init__(self, web3: Web3, sender: str, errors: RevertDecoder | None = None) -> None:
        self._web3 = web3
        self._errors = errors
        self.sender = to_checksum_address(sender)

    def chain_id(self) -> int:
        return int(self._guard(lambda: self._web3.eth.chain_id))

    def block(self) -> tuple[int, int]:
        block = self._guard(lambda: self._web3.eth.get_block("latest"))
        return int(block["number"]), int(block["timestamp"])

    def transact(self, target: str | None, data: bytes) -> Receipt:
        transaction: dict[str, Any] = {"from": self.sender, "data": HexBytes(data)}
        if target is not None:
            transaction["to"] = to_checksum_address(target)
        receipt = self._guard(lambda: self._send(transaction))
        if receipt["status"] != 1:
            raise TransactionFailed(
                f"transaction {receipt['transactionHash'].to_0x_hex()} reverted when mined"
            )
        return Receipt(
            transaction_hash=receipt["transactionHash"].to_0x_hex(),
            block=int(receipt["blockNumber"]),
            gas_used=int(receipt["gasUsed"]),
            contract=receipt["contractAddress"],
            logs=tuple(_raw_log(log) for log in receipt["logs"]),
        )

    def call(self, target: str, data: bytes) -> bytes:
        transaction: Any = {
            "from": self.sender,
            "to": to_checksum_address(target),
            "data": HexBytes(data),
        }
        return bytes(self._guard(lambda: self._web3.eth.call(transaction)))

    def code(self, address: str) -> bytes:
        return bytes(self._guard(lambda: self._web3.eth.get_code(to_checksum_address(address))))

    def _send(self, transaction: Any) -> Any:  # noqa: ANN401 - web3's own dictionaries
        return self._web3.eth.wait_for_transaction_receipt(self._web3.eth.send_transaction(transaction))

    def _guard(self, act: Any) -> Any:  # noqa: ANN401 - web3's own dictionaries
        """Translates the errors of web3, of requests and of eth-tester at this one border."""
        try:
            return act()
        except (ContractLogicError, Web3RPCError) as error:
            raise self._translate(error) from error
        except Web3Exception as error:
            raise ChainError(f"chain refused: {error}") from error
        except OSError as error:  # requests' errors are OSErrors
            raise ChainUnreachable(f"node cannot be reached: {error}") from error
        except Exception as error:
            if type(error).__name__ != "TransactionFailed":  # eth-tester's, an optional dependency
                raise
            raise transaction_failed(_revert_bytes(error.args[0]), self._errors, "reverted") from error

    def _translate(self, error: Any) -> ChainError:  # noqa: ANN401 - both kinds carry what is read here
        data = getattr(error, "data", None)
        if data is None and getattr(error, "rpc_response", None):
            data = error.rpc_response.get("error", {}).get("data")
        if data is None and not isinstance(error, ContractLogicError):
            return ChainError(f"chain refused: {error}")
        return transaction_failed(_revert_bytes(data), self._errors, str(error))


class SigningBackend(Web3Backend):
    """Signs with a key of its own, for nodes that hold none."""

    def __init__(self, web3: Web3, signer: LocalSigner, errors: RevertDecoder | None = None) -> None:
        super().__init__(web3, signer.address, errors)
        self._signer = signer

    def _send(self, transaction: Any) -> Any:  # noqa: ANN401 - web3's own dictionaries
        eth = self._web3.eth
        tip = eth.max_priority_fee
        base_fee = eth.get_block("latest").get("baseFeePerGas", 0)
        raw, transaction_hash = Transaction(
            chain_id=eth.chain_id,
            nonce=eth.get_transaction_count(to_checksum_address(self.sender)),
            fees=Fees(BASE_FEE_MULTIPLE * base_fee + tip, tip),
            gas=eth.estimate_gas(transaction) * GAS_HEADROOM_PERCENT // 100,
            target=transaction.get("to"),
            data=bytes(transaction["data"]),
        ).sign(self._signer)
        eth.send_raw_transaction(HexBytes(raw))
        return eth.wait_for_transaction_receipt(HexBytes(transaction_hash))


def _revert_bytes(data: object) -> bytes:
    if isinstance(data, bytes):
        return data
    if not isinstance(data, str):
        return b""
    if data.startswith("0x"):
        return bytes.fromhex(data[2:])
    if data.startswith(ETH_TESTER_REVERT + "b"):
        return bytes(ast.literal_eval(data.removeprefix(ETH_TESTER_REVERT)))
    return b""


def _raw_log(log: Any) -> dict[str, Any]:  # noqa: ANN401 - web3's own dictionaries
    """A log in the node's own form, as `keeper.chain.decode_log` reads it."""
    return {
        "address": log["address"],
        "topics": [HexBytes(topic).to_0x_hex() for topic in log["topics"]],
        "data": HexBytes(log["data"]).to_0x_hex(),
        "blockNumber": hex(log["blockNumber"]),
        "logIndex": hex(log["logIndex"]),
        "transactionHash": HexBytes(log["transactionHash"]).to_0x_hex(),
    }
