"""The names that settings have, for refusing what is none of them with the one that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - whatever a field is annotated with
    """The sections that a field's annotation allows: itself, of a union, or the items of a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for argument in get_args(annotation):
        yield from models_in(argument)


def reachable(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Every section at and below `model`, by class name."""
    found = {model.__name__: model}
    for field in model.model_fields.values():
        for section in models_in(field.annotation):
            found |= reachable(section)
    return found


def nearest(root: type[BaseModel], location: Sequence[int | str]) -> str | None:
    """The known key that an unknown one at `location` was probably meant to be: in another section, or misspelt."""
    *parents, unknown = (str(part) for part in location)
    for name, field in root.model_fields.items():
        if any(unknown in section.model_fields for section in models_in(field.annotation)):
            return f"{name}.{unknown}"
    here = _section_at(root, location[:-1])
    close = difflib.get_close_matches(unknown, here.model_fields if here is not None else (), n=1)
    return ".".join([*parents, close[0]]) if close else None


def _section_at(root: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    """The section that a location of pydantic's names; it steps through list indices and tags of unions too."""
    candidates = [root]
    for part in location:
        tagged = [c for c in candidates if part in _tags(c)]
        if isinstance(part, int) or tagged:
            candidates = tagged or candidates
            continue
        fields = [c.model_fields[part] for c in candidates if part in c.model_fields]
        candidates = [section for field in fields for section in models_in(field.annotation)]
    return candidates[0] if len(candidates) == 1 else None


def _tags(section: type[BaseModel]) -> tuple[Any, ...]:
    kind = section.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()
