"""Imported by the server that processes are forked from, before it forks: kernels are loaded once, not at every start.

No thread is left behind: the kernels run on one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from keeper.store import Store
from risk.warm import warm

warm()
with tempfile.TemporaryDirectory() as folder:
    Store.open(Path(folder) / "keeper.db").close()
