"""Answers read by their layout are what a general decoder makes of them, for every function of the system."""

from __future__ import annotations

import random

import pytest
from eth_abi.abi import decode, encode

from keeper.chain import SYSTEM, Artifacts
from keeper.chain.abi import Entry, Parameter
from keeper.errors import ChainError, WireError
from tests.keeper.chain.drawn_logs import OUT, drawn

ARTIFACTS = Artifacts(OUT)
FUNCTIONS = [(name, f) for name in SYSTEM for f in ARTIFACTS.get(name).functions.values() if f.outputs]
NAMES = [f"{name}.{function.name}" for name, function in FUNCTIONS]


def value(parameter: Parameter, draw: random.Random) -> object:
    """A drawn value of any type, lists short and sometimes empty."""
    if parameter.type.endswith("]"):
        opening = parameter.type.rindex("[")
        element = Parameter("", parameter.type[:opening], False, parameter.components)
        length = parameter.type[opening + 1 : -1]
        return [value(element, draw) for _ in range(int(length) if length else draw.randrange(4))]
    if parameter.components:
        return tuple(value(component, draw) for component in parameter.components)
    return drawn(parameter.type, draw)


@pytest.mark.parametrize(("name", "function"), FUNCTIONS, ids=NAMES)
def test_every_answer_is_read_as_a_general_decoder_reads_it(name, function):
    draw = random.Random(f"{name} {function.name}")  # noqa: S311 - test data, not secrets
    types = [parameter.type for parameter in function.outputs]
    for _ in range(4):
        data = encode(types, [value(parameter, draw) for parameter in function.outputs])
        general = tuple(p.present(v) for p, v in zip(function.outputs, decode(types, data), strict=True))
        assert function.decode_output(data) == (general[0] if len(general) == 1 else general)


@pytest.mark.parametrize(("name", "function"), FUNCTIONS, ids=NAMES)
def test_an_answer_that_ends_early_is_refused(name, function):
    draw = random.Random(f"short {name} {function.name}")  # noqa: S311 - test data, not secrets
    types = [parameter.type for parameter in function.outputs]
    data = encode(types, [value(parameter, draw) for parameter in function.outputs])
    with pytest.raises(ChainError, match="wrong address"):
        function.decode_output(data[: draw.randrange(len(data)) // 32 * 32])


def nested() -> Entry:
    """What no function of the system returns: arrays of arrays, of fixed length, of dynamic structs."""
    inner = {"name": "names", "type": "tuple[]", "components": [{"name": "a", "type": "string"}]}
    outer = [inner, {"name": "grid", "type": "uint8[2][]"}, {"name": "pair", "type": "bytes[2]"}]
    outputs = [{"name": "", "type": "tuple", "components": outer}, {"name": "", "type": "bool"}]
    return Entry.parse({"type": "function", "name": "nested", "outputs": outputs})


def test_arrays_of_everything_are_read():
    entry = nested()
    types = [parameter.type for parameter in entry.outputs]
    content = ([("one",), ("",)], [[1, 2], [3, 4], [5, 6]], [b"x" * 33, b""])
    read = entry.decode_output(encode(types, [content, True]))
    expected = {
        "names": [{"a": "one"}, {"a": ""}],
        "grid": [[1, 2], [3, 4], [5, 6]],
        "pair": [b"x" * 33, b""],
    }
    assert read == (expected, True)


@pytest.mark.parametrize("word", [2**255, 2**64, 10_000])
def test_a_count_or_offset_beyond_the_data_is_refused_before_anything_is_made(word):
    entry = Entry.parse({"type": "function", "name": "f", "outputs": [{"name": "", "type": "uint256[]"}]})
    for data in (word.to_bytes(32), (32).to_bytes(32) + word.to_bytes(32)):
        with pytest.raises(ChainError, match="wrong address"):
            entry.decode_output(data + bytes(64))


def test_bytes_that_are_not_padded_with_zeros_are_refused():
    entry = Entry.parse({"type": "function", "name": "f", "outputs": [{"name": "", "type": "bytes"}]})
    head = (32).to_bytes(32) + (3).to_bytes(32)
    assert entry.decode_output(head + b"abc" + bytes(29)) == b"abc"
    with pytest.raises(ChainError, match="wrong address"):
        entry.decode_output(head + b"abc" + bytes(28) + b"!")


def function_of(*types: str) -> Entry:
    inputs = [{"name": f"a{i}", "type": kind} for i, kind in enumerate(types)]
    return Entry.parse({"type": "function", "name": "f", "inputs": inputs})


@pytest.mark.parametrize("arguments", [(0, 0), (7, 2**256 - 1), (2**64 - 1, 1)])
def test_integers_are_encoded_as_a_general_encoder_does(arguments):
    entry = function_of("uint64", "uint256")
    assert entry.encode(arguments) == entry.selector + encode(["uint64", "uint256"], arguments)


@pytest.mark.parametrize("arguments", [(2**64, 1), (-1, 1), (1,), (1, "x"), (1, 2, 3)])
def test_what_is_no_such_integer_is_refused(arguments):
    with pytest.raises(WireError):
        function_of("uint64", "uint256").encode(arguments)
