"""The liquidators' page: whole without its script, local, and following the stream in a real browser."""

from __future__ import annotations

import asyncio
import re
import shutil
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from keeper.api import Board
from keeper.api.routes.page import NOTHING
from keeper.candidates import AuctionDocument, Health
from tests.keeper.api.api_cases import block, board, get, margin, row, serving, table

AUCTION = AuctionDocument(id=1, base="87360", discount_now="1747.2", largest_fraction="0.11788")
ROWS = table(
    row(11, Health.BELOW_INITIAL).model_copy(update={"margin": margin("1234567.891", "80")}),
    row(7, Health.IN_AUCTION).model_copy(update={"auction": AUCTION, "margin": margin("-12.5", "80")}),
    row(9, Health.UNKNOWN).model_copy(update={"reason": "<script>alert(1)</script>"}),
    row(3, Health.LIQUIDATABLE, "50"),
    row(1),
)
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def lines(text: str) -> list[list[str]]:
    body = text.split('<tbody id="rows">')[1].split("</tbody>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in re.findall(r"<tr[^>]*>.*?</tr>", body)]


async def test_the_page_is_whole_without_its_script():
    status, text = await get("/liquidators", filled=board(ROWS))
    assert status == 200
    found = lines(text)
    assert [line[0] for line in found] == ["7", "3", "9", "11"]
    assert found[0][1:] == ["in auction", "-12.50", "-12.50", "80.00", "92.50", "0", "1,747.20", "11.8%"]
    assert found[3][2:6] == ["1,234,567.89", "1,234,567.89", "80.00", NOTHING]
    assert '<b id="block">1</b>' in text
    assert "4 accounts" in text


async def test_nothing_that_an_account_says_becomes_markup():
    _, text = await get("/liquidators", filled=board(ROWS))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_everything_it_needs_is_served_here_and_nothing_else_is_allowed():
    async with serving() as session:
        async with session.get("/liquidators") as response:
            text, policy = await response.text(), response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        sources = re.findall(r'(?:src|href)="([^"]+)"', text)
        assert sources
        for source in sources:
            assert source.startswith(("/", "data:,")), source
            if source.startswith("/liquidators"):
                async with session.get(source) as asset:
                    assert asset.status == 200, source
                    assert "http" not in (await asset.text()).replace("https:", "")
    assert not re.search(r"<script(?! src)|style=|\son\w+=", text)


@pytest.mark.parametrize(
    ("filled", "words"), [(Board(stream="5eed"), "No block"), (board({}), "Nobody is near")]
)
async def test_an_empty_table_says_why(filled, words):
    _, text = await get("/liquidators", filled=filled)
    assert words in text
    assert lines(text) == []


class Browser:
    """A headless Chromium with one page, asked over its own debugging protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0

    async def value(self, expression: str):
        self._number += 1
        asked = {"id": self._number, "method": "Runtime.evaluate", "params": {"expression": expression}}
        await self._socket.send_json(asked)
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == self._number:
                return answer["result"]["result"].get("value")

    async def until(self, expression: str, wanted) -> None:
        async with asyncio.timeout(30):
            while (found := await self.value(expression)) != wanted:
                assert found is None or isinstance(found, str), found
                await asyncio.sleep(0.05)


@asynccontextmanager
async def opened(url: str, profile: Path):
    process = await asyncio.create_subprocess_exec(
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={profile}", "--remote-debugging-port=0", url,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while not (profile / "DevToolsActivePort").exists():
                await asyncio.sleep(0.1)
            port = (profile / "DevToolsActivePort").read_text().split()[0]
            pages = []
            while not pages:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
                    pages = [p for p in await response.json() if p["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Browser(socket)
    finally:
        process.kill()
        await process.wait()


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: install it to see the page live")
async def test_in_a_browser_the_table_follows_the_stream_through_a_lost_connection(tmp_path):
    filled = board(ROWS)
    states = (
        "[...document.querySelectorAll('#rows tr')].map(r => r.cells[0].textContent + r.className).join()"
    )
    link = "document.getElementById('link').textContent"
    async with (
        serving(filled=filled) as session,
        opened(f"{session._base_url}/liquidators", tmp_path) as page,
    ):
        await page.until(link, "live")
        await page.until(states, "7in_auction,3liquidatable,9unknown,11below_initial")
        assert await page.value("document.querySelectorAll('#rows script').length") == 0
        assert "<script>alert(1)</script>" in await page.value("document.getElementById('rows').textContent")
        filled.apply(block(2), table(row(3, Health.IN_AUCTION), row(5, Health.LIQUIDATABLE, "1234.5")))
        await page.until(states, "3in_auction,5liquidatable")
        await page.until("document.getElementById('block').textContent", "2")
        assert await page.value("document.querySelectorAll('#rows td')[11].textContent") == "1,234.50"
        # It is cut off by a reader's fault, misses a block, and comes back to the very state.
        for subscriber in list(filled._subscribers):
            subscriber.frames.put_nowait(None)
        filled.apply(block(3), table(row(8, Health.LIQUIDATABLE)))
        await page.until(states, "8liquidatable")
        await page.until(link, "live")
