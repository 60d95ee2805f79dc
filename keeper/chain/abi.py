"""Compiled contracts: ABIs for encoding, bytecode for deployment."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from keeper.chain.layout import Layout, array, elementary, results, struct
from keeper.chain.words import unsigned_widths, unsigned_words
from keeper.errors import ChainError, ConfigurationError, WireError

ARTIFACTS_VARIABLE = "TAILGUARD_ARTIFACTS"
DEFAULT_DIRECTORY = "out"
PANIC = {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]}
ERROR_STRING = {"type": "error", "name": "Error", "inputs": [{"name": "message", "type": "string"}]}


@dataclass(frozen=True)
class Parameter:
    """One ABI parameter; `type` in canonical form, structs spelled out."""

    name: str
    type: str
    indexed: bool
    components: tuple[Parameter, ...]

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> Parameter:
        components = tuple(cls.parse(component) for component in item.get("components", ()))
        kind = str(item["type"])
        if components:
            kind = f"({','.join(c.type for c in components)}){kind.removeprefix('tuple')}"
        return cls(str(item.get("name", "")), kind, bool(item.get("indexed", False)), components)

    @cached_property
    def layout(self) -> Layout:
        """Where its values lie in encoded data, and how they are shown: as `present` does."""
        if self.type.endswith("]"):
            opening = self.type.rindex("[")
            element = Parameter(self.name, self.type[:opening], False, self.components)
            count = self.type[opening + 1 : -1]
            return array(element.layout, int(count) if count else None)
        if self.components:
            return struct([c.name for c in self.components], [c.layout for c in self.components])
        return elementary(self.type)

    def present(self, value: Any) -> Any:  # noqa: ANN401 - as dynamic as the ABI
        """Decoded values for people: structs as dicts by field name, addresses checksummed."""
        if self.type.endswith("]"):
            element = Parameter(self.name, self.type[: self.type.rindex("[")], False, self.components)
            return [element.present(item) for item in value]
        if self.components:
            return {c.name: c.present(item) for c, item in zip(self.components, value, strict=True)}
        return to_checksum_address(value) if self.type == "address" else value


@dataclass(frozen=True)
class Entry:
    """A function, event or error of an ABI."""

    kind: str
    name: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    types: tuple[str, ...] = field(init=False)
    topic: bytes = field(init=False)

    def __post_init__(self) -> None:
        types = tuple(parameter.type for parameter in self.inputs)
        object.__setattr__(self, "types", types)
        object.__setattr__(self, "topic", keccak(text=f"{self.name}({','.join(types)})"))

    @property
    def selector(self) -> bytes:
        return self.topic[:4]

    def encode(self, arguments: tuple[Any, ...]) -> bytes:
        """Selector and encoded arguments; records of the wire are taken as they are."""
        words = None if self.widths is None else unsigned_words(self.widths, arguments)
        if words is not None:
            return self.selector + words
        try:
            return self.selector + encode(self.types, [_plain(argument) for argument in arguments])
        except (EncodingError, ValueError, TypeError) as error:
            raise WireError(self.name, "arguments", arguments, f"values for {self.types}: {error}") from error

    def decode_output(self, data: bytes) -> Any:  # noqa: ANN401 - as dynamic as the ABI
        """The one result, or a tuple of several."""
        try:
            values = self._results(data)
        except (ChainError, UnicodeDecodeError) as error:
            raise ChainError(
                f"{self.name} returned 0x{data[:32].hex()} ({len(data)} bytes), not {self.outputs}: wrong address?"
            ) from error
        return values[0] if len(values) == 1 else values

    @cached_property
    def widths(self) -> tuple[int, ...] | None:
        """Of the arguments, where all are unsigned integers."""
        return unsigned_widths(self.types)

    @cached_property
    def _results(self) -> Callable[[bytes], tuple[Any, ...]]:
        return results([parameter.layout for parameter in self.outputs])

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> Entry:
        inputs = tuple(Parameter.parse(parameter) for parameter in item.get("inputs", ()))
        outputs = tuple(Parameter.parse(parameter) for parameter in item.get("outputs", ()))
        return cls(str(item["type"]), str(item.get("name", "constructor")), inputs, outputs)


@dataclass(frozen=True)
class Artifact:
    """One compiled contract."""

    name: str
    entries: tuple[Entry, ...]
    creation_code: bytes

    @cached_property
    def functions(self) -> dict[str, Entry]:
        return {entry.name: entry for entry in self.entries if entry.kind == "function"}

    @cached_property
    def events(self) -> dict[bytes, Entry]:
        return {entry.topic: entry for entry in self.entries if entry.kind == "event"}

    @cached_property
    def errors(self) -> dict[bytes, Entry]:
        return {entry.selector: entry for entry in self.entries if entry.kind == "error"}

    def function(self, name: str) -> Entry:
        try:
            return self.functions[name]
        except KeyError as error:
            raise ConfigurationError(f"{self.name} has no function {name}: run make setup") from error

    def creation(self, arguments: tuple[Any, ...]) -> bytes:
        """Creation code with encoded constructor arguments."""
        constructor = next((entry for entry in self.entries if entry.kind == "constructor"), None)
        if not self.creation_code:
            raise ConfigurationError(f"{self.name} has no creation code: it is abstract or an interface")
        if constructor is None:
            return self.creation_code
        return self.creation_code + constructor.encode(arguments)[4:]


class Artifacts:
    """The compiler's output folder. Errors of all contracts read so far can be decoded by `decode`."""

    def __init__(self, directory: Path) -> None:
        if not directory.is_dir():
            raise ConfigurationError(
                f"compiled contracts are missing at {directory}: run make setup, or set {ARTIFACTS_VARIABLE}"
            )
        self._directory = directory
        self._known: dict[str, Artifact] = {}
        self._errors = {e.selector: e for e in (Entry.parse(PANIC), Entry.parse(ERROR_STRING))}

    @classmethod
    def locate(cls, directory: Path | None, environment: Mapping[str, str]) -> Artifacts:
        """The given folder, else the environment's, else `out` of the working directory."""
        return cls(directory or Path(environment.get(ARTIFACTS_VARIABLE, DEFAULT_DIRECTORY)))

    def get(self, name: str) -> Artifact:
        """The contract of this name, from `<name>.sol/<name>.json`."""
        if name not in self._known:
            artifact = self._read(name)
            self._known[name] = artifact
            self._errors.update(artifact.errors)
        return self._known[name]

    def decode(self, data: bytes) -> tuple[str, tuple[object, ...]]:
        """Name and arguments of revert data; an unknown selector is its own hex name."""
        entry = self._errors.get(data[:4])
        if entry is None:
            return f"0x{data[:4].hex()}", (data[4:],)
        try:
            values = decode(entry.types, data[4:])
        except DecodingError:
            return entry.name, (data[4:],)
        return entry.name, tuple(p.present(v) for p, v in zip(entry.inputs, values, strict=True))

    def _read(self, name: str) -> Artifact:
        path = self._directory / f"{name}.sol" / f"{name}.json"
        try:
            content = json.loads(path.read_text())
            entries = tuple(Entry.parse(item) for item in content["abi"] if item["type"] != "receive")
            code = bytes.fromhex(content["bytecode"]["object"].removeprefix("0x"))
        except FileNotFoundError as error:
            raise ConfigurationError(f"compiled contract {path} is missing: run make setup") from error
        except (KeyError, ValueError, TypeError) as error:
            raise ConfigurationError(
                f"compiled contract {path} is damaged ({error!r}): run make setup"
            ) from error
        return Artifact(name, entries, code)


def _plain(value: Any) -> Any:  # noqa: ANN401 - as dynamic as the ABI
    if hasattr(value, "as_tuple") and not isinstance(value, int):
        return value.as_tuple()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
