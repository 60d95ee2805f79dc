"""Reads settings from a file and the environment, with errors that say which key and what to do."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsError,
)

from keeper.config.names import nearest
from keeper.errors import ConfigurationError

AnySection = TypeVar("AnySection", bound=BaseModel)
AnySettings = TypeVar("AnySettings", bound="FileSettings")


class FileSettings(BaseSettings):
    """Settings of a file, over which the environment wins."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def read_settings(kind: type[AnySettings], path: Path, *, page: str) -> AnySettings:
    """The settings of a TOML file. Relative paths in it are taken from the file's folder; `page` documents the keys.

    Raises ConfigurationError naming the file, the key, its value and the remedy.
    """
    try:
        settings = kind(**tomllib.loads(path.read_text(encoding="utf8")))
    except FileNotFoundError as error:
        raise ConfigurationError(f"no configuration file {path}; {page} shows one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"configuration file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(explain(path, error, root=kind, page=page)) from error
    except SettingsError as error:
        raise ConfigurationError(
            f"{path}: {error}: a list or table in the environment is JSON, look at {', '.join(_overrides(kind))}; "
            f"see {page}"
        ) from error
    return anchored(settings, path.resolve().parent)


def _overrides(kind: type[BaseSettings]) -> list[str]:
    """Names of the variables that override settings now."""
    prefixes = tuple(f"{kind.model_config['env_prefix']}{name}".upper() for name in kind.model_fields)
    return sorted(name for name in os.environ if name.upper().startswith(prefixes))


def explain(
    path: Path,
    error: ValidationError,
    *,
    root: type[BaseModel],
    page: str,
) -> str:
    """One line a problem: file, key, value, and the page that documents it."""
    lines = []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"{path}: unknown key '{key}'; {_remedy(problem['loc'], root, page)}")
        elif problem["type"] == "missing":
            lines.append(f"{path}: key '{key}' is missing; see {page}")
        else:
            shown = "(not shown)" if key.startswith("alerts.urls") else repr(problem["input"])
            lines.append(f"{path}: {key} = {shown}: {problem['msg']}; see {page}")
    return "\n".join(lines)


def _remedy(location: tuple[int | str, ...], root: type[BaseModel], page: str) -> str:
    meant = nearest(root, location)
    if meant is None:
        return f"remove it or see {page} for its name"
    return f"did you mean '{meant}'? Else remove it or see {page} for its name"


def anchored(section: AnySection, folder: Path) -> AnySection:
    """The section with every relative path in it and below it taken from `folder`."""
    changes = {name: _at(value, folder) for name, value in section if _at(value, folder) is not value}
    return section.model_copy(update=changes)


def _at(value: object, folder: Path) -> object:
    if isinstance(value, Path):
        return value if value.is_absolute() else folder / value
    return anchored(value, folder) if isinstance(value, BaseModel) else value
