"""Where the values of ABI types lie, worked out once a type: answers are read by the ten thousand.

A value is read at a place of the data, its first byte. A dynamic one is reached by the offset in its head, which counts
from the beginning of the tuple or array that it is in. Nothing is read beyond the data: `ChainError`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.chain.words import WORD, WordReader, word_reader
from keeper.errors import ChainError

Reader = Callable[[bytes, int], Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """`words` in the head; `read` takes the place of the value itself, of a dynamic one that of its tail.

    `word` is what makes a value of a type's only word, None for a type of several words or none.
    """

    words: int
    is_dynamic: bool
    read: Reader
    word: WordReader | None = None

    def at(self, data: bytes, start: int, place: int) -> Any:  # noqa: ANN401 - as dynamic as the ABI
        """The value whose head is at `place`, in a tuple or array that begins at `start`."""
        return self.read(data, start + _length(data, place) if self.is_dynamic else place)


def elementary(kind: str) -> Layout:
    """A word, or `bytes` or `string`."""
    if kind == "bytes":
        return Layout(1, True, _bytes)
    if kind == "string":
        return Layout(1, True, lambda data, place: _bytes(data, place).decode())
    read = word_reader(kind)
    if read is None:
        raise ChainError(f"{kind} is no elementary type of the ABI")
    return Layout(1, False, lambda data, place: read(_word(data, place)), read)


def struct(names: Sequence[str], layouts: Sequence[Layout]) -> Layout:
    """Its fields by name. The head is looked at once: most fields are a word of it."""
    fields = [
        (name, layout, at, at + WORD) for name, (layout, at) in zip(names, _placed(layouts), strict=True)
    ]
    length = WORD * sum(layout.words for layout in layouts)

    def read(data: bytes, place: int) -> dict[str, Any]:
        head = data[place : place + length]
        if len(head) != length:
            raise ChainError(f"{len(data)} bytes end before byte {place + length}")
        values = {}
        for name, layout, start, end in fields:
            if layout.word is not None:
                values[name] = layout.word(head[start:end])
            elif layout.is_dynamic:
                values[name] = layout.read(data, place + _inside(data, head[start:end]))
            else:
                values[name] = layout.read(data, place + start)
        return values

    return Layout(*_extent(layouts), read)


def results(layouts: Sequence[Layout]) -> Callable[[bytes], tuple[Any, ...]]:
    """What reads the results of a function, in order."""
    members = _placed(layouts)
    return lambda data: tuple(layout.at(data, 0, offset) for layout, offset in members)


def array(element: Layout, count: int | None) -> Layout:
    """A list of `count` elements; None: of as many as the word before them says."""
    step, word = WORD * element.words, element.word

    def fixed(data: bytes, place: int, length: int) -> list[Any]:
        end = place + step * length
        if end > len(data):
            raise ChainError(f"{length} elements do not fit {len(data)} bytes")
        if word is not None:
            return [word(data[at : at + WORD]) for at in range(place, end, WORD)]
        return [element.at(data, place, at) for at in range(place, end, step)]

    if count is None:
        return Layout(1, True, lambda data, place: fixed(data, place + WORD, _length(data, place)))
    words = 1 if element.is_dynamic else element.words * count
    return Layout(words, element.is_dynamic, lambda data, place: fixed(data, place, count))


def _placed(layouts: Sequence[Layout]) -> list[tuple[Layout, int]]:
    """Each with the offset of its head from where the tuple begins."""
    offsets = [WORD * sum(layout.words for layout in layouts[:index]) for index in range(len(layouts))]
    return list(zip(layouts, offsets, strict=True))


def _extent(layouts: Sequence[Layout]) -> tuple[int, bool]:
    is_dynamic = any(layout.is_dynamic for layout in layouts)
    return (1 if is_dynamic else sum(layout.words for layout in layouts)), is_dynamic


def _word(data: bytes, place: int) -> bytes:
    word = data[place : place + WORD]
    if len(word) != WORD:
        raise ChainError(f"{len(data)} bytes end before byte {place + WORD}")
    return word


def _length(data: bytes, place: int) -> int:
    """A count or an offset."""
    return _inside(data, _word(data, place))


def _inside(data: bytes, word: bytes) -> int:
    """Beyond the data's own size it is nonsense."""
    length = int.from_bytes(word)
    if length > len(data):
        raise ChainError(f"a count or offset of {length} in {len(data)} bytes")
    return length


def _bytes(data: bytes, place: int) -> bytes:
    length, start = _length(data, place), place + WORD
    padded = data[start : start + -(-length // WORD) * WORD]
    if len(padded) < length or any(padded[length:]):
        raise ChainError(f"{length} bytes at {start} of {len(data)} are missing or not padded with zeros")
    return padded[:length]
