"""The log: one JSON object a line on standard error, those of libraries too."""

from __future__ import annotations

import logging
import sys

import structlog

from keeper.cli.tally import TALLY

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs() -> None:
    """Keys and passwords never reach a log because no record holds them. Every line of a cycle carries its `cycle`."""
    rendered = structlog.processors.JSONRenderer(sort_keys=True)
    structlog.configure(
        processors=[*_SHARED, TALLY, structlog.processors.format_exc_info, rendered],
        # Looked up for each line: whoever runs a command within a process may put another stream in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                rendered,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
