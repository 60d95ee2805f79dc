"""demo: a margin engine lives through a crash on a real local chain, then is audited from logs and calldata alone."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer

from keeper.cli.connect import DEFAULT_ARTIFACTS, ArtifactsOption, JsonOption
from keeper.cli.output import print_json
from keeper.cli.places import CHAIN_CONFIG
from keeper.errors import ConfigurationError


def demo(
    seed: Annotated[int, typer.Option(help="Everything that is drawn comes from it.")] = 7,
    replay: Annotated[
        Path | None, typer.Option(help="Folder of recorded venue prices to run on instead.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Replay from this UTC time, e.g. 2020-03-11T00:00.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Replay until this UTC time.")] = None,
    rounds: Annotated[int, typer.Option(min=4, help="Rounds of the seeded day.")] = 104,
    folder: Annotated[Path, typer.Option(help="Where everything is written; made anew.")] = Path("var/demo"),
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    json: JsonOption = False,
) -> None:
    """Lives through a crash; exits non-zero on a mismatch, an unexplained loss or a stuck liquidation."""
    # Imported here: this command needs every room, and the daemon should not wait for that.
    from deploy import read_chain_config
    from keeper.cli.performance import perform
    from keeper.cli.summary import require_sound, show_summary
    from keeper.simulation.programme import recorded_hours, seeded_crash

    # The liquidator's every thought is not for this screen; what goes wrong is.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    listed = read_chain_config(CHAIN_CONFIG).expiries.after
    if replay is None:
        programme = seeded_crash(seed=seed, listed=listed, rounds=rounds)
    else:
        programme = recorded_hours(directory=replay, listed=listed, first=_time(since), last=_time(until))
    summary = asyncio.run(perform(programme, seed=seed, folder=folder, artifacts=artifacts))
    summary.write(folder / "summary.json")
    if json:
        print_json(summary.document())
    else:
        show_summary(summary, folder / "summary.json")
    require_sound(summary)


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise ConfigurationError(f"'{text}' is not a time like 2020-03-11T00:00") from error
