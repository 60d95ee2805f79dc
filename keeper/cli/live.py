"""The terminal view of a demonstration: one screen, redrawn after each round."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime
from decimal import Decimal
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from keeper.cli.output import money
from keeper.simulation.conductor import StepReport
from keeper.symbols import UNDERLYING_NAMES

_HEALTH_STYLES = {
    "healthy": "green",
    "below initial": "yellow",
    "liquidatable": "bold red",
    "in auction": "red",
    "empty": "dim",
    "unknown": "bold magenta",
}
_MODE_STYLES = {"normal": "bold green", "degraded": "bold yellow", "syncing": "cyan", "halted": "bold red"}
_BAR_WIDTH = 20
_EVENTS_SHOWN = 6


class LiveView:
    """Shows each report; on a terminal as one live screen, elsewhere as one line a dozen rounds."""

    def __init__(self, console: Console, *, title: str) -> None:
        self._console = console
        self._title = title
        self._began = time.monotonic()
        self._events: deque[Text] = deque(maxlen=_EVENTS_SHOWN)
        self._live = Live(console=console, refresh_per_second=4, transient=False)

    def __enter__(self) -> LiveView:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def stage(self, message: str) -> None:
        """A line about what is being prepared."""
        self._console.print(f"[dim]{time.monotonic() - self._began:6.1f} s[/]  {message}")

    def show(self, report: StepReport) -> None:
        self._note(report)
        if self._console.is_terminal:
            self._live.update(self._screen(report))
        elif report.step % 12 == 0 or report.step == report.steps:
            self._console.print(_line(report))

    def _screen(self, report: StepReport) -> Panel:
        head = Table.grid(expand=True)
        head.add_column()
        head.add_column(justify="right")
        mode = str(report.status.get("mode", "unknown"))
        head.add_row(
            Text.assemble(
                _clock(report.now), "   mode ", (mode, _MODE_STYLES.get(mode, "")), "   ", _reason(report)
            ),
            f"round {report.step}/{report.steps}   insurance {money(report.insurance)}",
        )
        bar = Table.grid(expand=True)  # a bar by itself ends no line
        bar.add_row(ProgressBar(total=report.steps, completed=report.step))
        body = Table.grid(expand=True, padding=(0, 2))
        body.add_column(ratio=3)
        body.add_column(ratio=2)
        body.add_row(_prices(report), _accounts(report))
        events = Group(*(self._events or [Text("no liquidation so far", style="dim")]))
        return Panel(
            Group(head, bar, body, Panel(events, title="liquidations", title_align="left")), title=self._title
        )

    def _note(self, report: StepReport) -> None:
        done = report.liquidation
        for verb, accounts, style in (
            ("auction started", done.started, "red"),
            ("part taken over", done.filled, "yellow"),
            ("auction ended", done.ended, "green"),
        ):
            if accounts:
                names = ", ".join(str(a) for a in accounts[:12]) + (" ..." if len(accounts) > 12 else "")
                self._events.append(Text(f"{_clock(report.now)}  {verb}: account {names}", style=style))
        if done.settled_legs:
            self._events.append(Text(f"{_clock(report.now)}  expiry settled", style="cyan"))


def _prices(report: StepReport) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 1))
    for heading in ("", "price", "interval", "truth", "sources", "rejected"):
        table.add_column(heading, justify="right" if heading in ("price", "truth") else "left")
    for price in report.status.get("prices", []):
        value, width = Decimal(price["price"]), Decimal(price["confidence"])
        rejected = ", ".join(f"{r['source']} {r['reason']}" for r in price["rejected"])
        table.add_row(
            UNDERLYING_NAMES.get(price["underlying"], str(price["underlying"])),
            f"{value:,.2f}",
            f"± {width:,.2f} ({width / value:.2%})",
            f"{report.truth[price['underlying']]:,.2f}",
            str(len(price["accepted"])),
            Text(rejected or "none", style="red" if rejected else "dim"),
        )
    return table


def _accounts(report: StepReport) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    most = max(sum(report.health.values()), 1)
    for name, count in report.health.items():
        bar = "█" * round(count / most * _BAR_WIDTH)
        table.add_row(name, str(count), Text(bar, style=_HEALTH_STYLES[name]))
    return table


def _line(report: StepReport) -> str:
    prices = "  ".join(
        f"{UNDERLYING_NAMES.get(p['underlying'], '?')} {Decimal(p['price']):,.2f} ± {Decimal(p['confidence']):,.2f}"
        for p in report.status.get("prices", [])
    )
    health = ", ".join(f"{count} {name}" for name, count in report.health.items() if count)
    mode = report.status.get("mode", "unknown")
    return (
        f"{_clock(report.now)}  round {report.step}/{report.steps}  {mode}  {prices}  "
        f"[{health}]  insurance {money(report.insurance)}"
    )


def _reason(report: StepReport) -> tuple[str, str]:
    return (str(report.status.get("reason", "")), "dim")


def _clock(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%d %b %H:%M")
