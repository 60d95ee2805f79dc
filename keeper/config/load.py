"""Reads settings from a file and the environment, with errors that say which key and what to do."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsError,
)

from keeper.config.settings import KeeperSettings
from keeper.errors import ConfigurationError


class _FileFirst(KeeperSettings):
    """The environment wins over the file."""

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


def load_settings(path: Path) -> KeeperSettings:
    """The settings of a TOML file. Relative paths in it are taken from the file's folder.

    Raises ConfigurationError naming the file, the key, its value and the remedy.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"no configuration file {path}; docs/configuration.md shows one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"configuration file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    try:
        settings = _FileFirst(**raw)
    except ValidationError as error:
        raise ConfigurationError(_explain(path, error)) from error
    except SettingsError as error:
        raise ConfigurationError(
            f"{error}: a list or table in the environment is JSON; see docs/configuration.md"
        ) from error
    return _anchored(settings, path.resolve().parent)


def _explain(path: Path, error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"{path}: unknown key '{key}'; remove it or see docs/configuration.md for its name")
        elif problem["type"] == "missing":
            lines.append(f"{path}: key '{key}' is missing; see docs/configuration.md")
        else:
            lines.append(f"{path}: {key} = {problem['input']!r}: {problem['msg']}; see docs/configuration.md")
    return "\n".join(lines)


def _anchored(settings: KeeperSettings, folder: Path) -> KeeperSettings:
    def at(path: Path) -> Path:
        return path if path.is_absolute() else folder / path

    keys, chain, model, store = settings.keys, settings.chain, settings.model, settings.store
    return settings.model_copy(
        update={
            "chain": chain.model_copy(
                update={"deployment": at(chain.deployment), "artifacts": at(chain.artifacts)}
            ),
            "keys": keys.model_copy(
                update={
                    "signer_keystore": at(keys.signer_keystore),
                    "sender_keystore": at(keys.sender_keystore),
                    "password_file": None if keys.password_file is None else at(keys.password_file),
                }
            ),
            "model": model.model_copy(update={"history": at(model.history)}),
            "store": store.model_copy(
                update={"database": at(store.database), "evidence": at(store.evidence)}
            ),
        }
    )
