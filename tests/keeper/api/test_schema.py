"""Schemathesis over the OpenAPI of a really running application, with every check it knows.

In short form here; `make fuzz-api` asks far more of each operation (TAILGUARD_FUZZ_EXAMPLES).
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
import uvicorn

from keeper.api.limits import Rate, RequestLimits
from tests.keeper.api.api_cases import Desk, application

EXAMPLES = int(os.environ.get("TAILGUARD_FUZZ_EXAMPLES", "12"))
TOKEN = "fuzz"
UNBOUNDED = Rate(1e9, 10**9)
# A cursor that is well formed and too old is valid, and gone.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 410, 429]
"""


class CalmDesk(Desk):
    """Its node always answers."""

    async def quote(self, account, bidder, fraction, block):
        return await super().quote(1, bidder, fraction, block)


@pytest.fixture(scope="module")
def server():
    """The application on loopback, in a thread of its own."""
    limits = RequestLimits(all_requests=UNBOUNDED, costly_requests=UNBOUNDED, token=TOKEN)
    config = uvicorn.Config(
        application(limits=limits, desk=CalmDesk()),
        host="127.0.0.1",
        port=0,
        log_level="error",
        lifespan="off",
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(running.serve()), daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join()


def test_every_operation_answers_as_described(server, tmp_path):
    """Examples, boundary values, random and stateful requests, valid and invalid ones."""
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{server}/openapi.json",
            "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful",
            "--max-examples", str(EXAMPLES), "--header", f"Authorization: Bearer {TOKEN}",
            "--seed", "7", "--suppress-health-check", "all", "--generation-database", "none",
            "--warnings", "off", "--no-color", "--continue-on-failure",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    assert re.search(r"[1-9]\d* (generated|passed)", done.stdout), done.stdout[-2_000:]


def test_every_path_is_described_with_examples_and_refusals(server):
    document = requests.get(f"{server}/openapi.json", timeout=10).json()
    assert len(document["paths"]) >= 13
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["description"] or operation["summary"], path
            for status, answer in operation["responses"].items():
                kinds = set(answer.get("content", {}))
                refused = status.startswith(("4", "5")) and "text/plain" not in kinds
                assert not refused or kinds == {"application/problem+json"}, (path, status)
    models = document["components"]["schemas"]
    assert models["MarginDocument"]["properties"]["equity_low"]["examples"] == ["812.5"]
    assert set(models["ProblemDocument"]["required"]) >= {"detail", "remedy", "status", "title", "type"}
