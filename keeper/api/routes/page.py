"""The liquidators' page: candidates as a table, rendered here and kept up to date by the stream; all assets local."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from keeper.api.board import Board
from keeper.candidates import AccountDocument, CandidateSnapshot, Health

_FOLDER = Path(__file__).parent.parent / "page"
_NAMES = {
    Health.IN_AUCTION: "in auction",
    Health.LIQUIDATABLE: "liquidatable",
    Health.UNKNOWN: "unknown",
    Health.BELOW_INITIAL: "below initial",
}
_ORDER = list(_NAMES)
NOTHING = "\N{EN DASH}"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def router(board: Board) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    template = Template((_FOLDER / "liquidators.html").read_text(encoding="utf8"))
    style = (_FOLDER / "page.css").read_text(encoding="utf8")
    script = (_FOLDER / "page.js").read_text(encoding="utf8")

    @routes.get("/liquidators")
    async def page() -> HTMLResponse:
        return HTMLResponse(rendered(template, board.snapshot()), headers=_HEADERS)

    @routes.get("/liquidators/page.css")
    async def css() -> Response:
        return Response(style, media_type="text/css", headers=_HEADERS)

    @routes.get("/liquidators/page.js")
    async def js() -> Response:
        return Response(script, media_type="text/javascript", headers=_HEADERS)

    return routes


def rendered(template: Template, snapshot: CandidateSnapshot | None) -> str:
    """The page as it is before its script runs, and for readers without one."""
    if snapshot is None:
        return template.substitute(
            stream="", seq=0, block="none", count="No block has been read yet.", rows=""
        )
    rows = sorted(snapshot.candidates, key=lambda row: (_ORDER.index(row.health), row.account))
    return template.substitute(
        stream=escape(snapshot.stream),
        seq=snapshot.seq,
        block=snapshot.block.number,
        count=_counted(len(rows)),
        rows="\n".join(_row(row) for row in rows),
    )


def _row(row: AccountDocument) -> str:
    margin, auction = row.margin, row.auction
    figures: list[str] = [NOTHING] * 4
    if margin is not None:
        short = Decimal(margin.maintenance_requirement) - Decimal(margin.equity_high)
        figures = [
            _money(margin.equity_low),
            _money(margin.equity_high),
            _money(margin.maintenance_requirement),
        ]
        figures.append(_money(str(short)) if short > 0 else NOTHING)
    offer = [NOTHING, NOTHING]
    if auction is not None:
        offer = [_money(auction.discount_now), f"{Decimal(auction.largest_fraction) * 100:.1f}%"]
    reason = f'<span class="reason">{escape(row.reason)}</span>' if row.reason else ""
    cells = "".join(f'<td class="number">{value}</td>' for value in (*figures, str(len(row.legs)), *offer))
    health = f'<td class="health">{_NAMES[row.health]}{reason}</td>'
    return f'<tr class="{row.health.value}"><td>{row.account}</td>{health}{cells}</tr>'


def _money(amount: str) -> str:
    return f"{Decimal(amount).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def _counted(count: int) -> str:
    if count == 0:
        return "Nobody is near the line."
    return "1 account" if count == 1 else f"{count} accounts"
