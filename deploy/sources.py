"""On-chain price sources: which adapters stand before which feeds, and which underlying lists them.

A name is the contract's and what tells its instances apart: `ChainlinkSource_BTC_1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.config import ChainConfig, ChainlinkSection, SourceSection
from deploy.plan import Arguments

MOCK_FEED = "MockAggregator"
UPTIME = "SequencerUptime"
NO_UPTIME = "0x" + "00" * 20


def artifact_of(name: str) -> str:
    """The contract of a deployed name."""
    return name.partition("_")[0]


def source_contracts(config: ChainConfig) -> tuple[tuple[str, Arguments], ...]:
    """Names and constructor arguments, each feed before its adapter."""
    found: list[tuple[str, Arguments]] = []
    for symbol, place, section in _sections(config):
        if isinstance(section, ChainlinkSection) and section.mock:
            found.append((_mock(symbol, place), lambda _addresses, _config: ()))
        found.append((_adapter(symbol, place, section), _arguments(symbol, place, section)))
    uptime = config.sequencer
    if uptime is not None:
        terms = (uptime.feed, uptime.grace_seconds)
        found.append((UPTIME, lambda _addresses, _config: terms))
    return tuple(found)


def source_lists(config: ChainConfig, addresses: Mapping[str, str]) -> dict[int, list[str]]:
    """Adapters by underlying, in the order of the file."""
    lists: dict[int, list[str]] = {}
    for underlying, section in enumerate(config.underlyings, start=1):
        names = (_adapter(section.symbol, place, s) for place, s in enumerate(section.sources, start=1))
        lists[underlying] = [addresses[name] for name in names]
    return lists


def mock_feeds(config: ChainConfig, addresses: Mapping[str, str]) -> dict[int, str]:
    """The first mock feed of each underlying that has one."""
    ids = {section.symbol: underlying for underlying, section in enumerate(config.underlyings, start=1)}
    feeds: dict[int, str] = {}
    for symbol, place, section in _sections(config):
        if isinstance(section, ChainlinkSection) and section.mock:
            feeds.setdefault(ids[symbol], addresses[_mock(symbol, place)])
    return feeds


def _sections(config: ChainConfig) -> list[tuple[str, int, SourceSection]]:
    return [
        (underlying.symbol, place, section)
        for underlying in config.underlyings
        for place, section in enumerate(underlying.sources, start=1)
    ]


def _mock(symbol: str, place: int) -> str:
    return f"{MOCK_FEED}_{symbol}_{place}"


def _adapter(symbol: str, place: int, section: SourceSection) -> str:
    kind = "ChainlinkSource" if isinstance(section, ChainlinkSection) else "PythSource"
    return f"{kind}_{symbol}_{place}"


def _arguments(symbol: str, place: int, section: SourceSection) -> Arguments:
    def of(addresses: Mapping[str, str], _config: ChainConfig) -> tuple[Any, ...]:
        if not isinstance(section, ChainlinkSection):
            return section.as_tuple()
        feed = addresses[_mock(symbol, place)] if section.mock else section.address
        return (feed, section.heartbeat_seconds, section.deviation_bps)

    return of
