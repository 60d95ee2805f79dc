"""The whole daemon, by its own command, in a process that is made to be killed; its log goes to the trial's pipe."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import keeper.cli.wiring  # noqa: F401 - imported by the server that daemons are forked from
from keeper.cli.app import main

_STANDARD_ERROR = 2
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def run(config: Path, pipe: Connection) -> None:
    """`tailguard keeper run --config CONFIG`, until it is killed."""
    if sys.platform == "linux":  # a trial that is stopped leaves no daemon behind
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(pipe.fileno(), _STANDARD_ERROR)
    sys.argv = ["tailguard", "keeper", "run", "--config", str(config)]
    main()
