"""Whether losses are covered: what liquidators, members of the fund and governance ask first on a bad day."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from keeper.api.problems import not_yet, responses
from keeper.solvency import SolvencyDocument


def router(newest: Callable[[], SolvencyDocument | None]) -> APIRouter:
    """`newest`: None while nothing is known, which is answered as such and never as an open gate."""
    routes = APIRouter(tags=["accounts"])

    @routes.get("/v1/solvency", responses=responses(503))
    async def solvency() -> SolvencyDocument:
        """The exit gate with the figures that decide it, known deficits, the insurance fund and its queued exits."""
        found = newest()
        if found is None:
            raise not_yet()
        return found

    return routes
