"""One keeper: observe, assess, decide, sign, publish, remember; and the service its HTTP face shows."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import structlog

from keeper.alarms import Alarm
from keeper.assess import Assessor
from keeper.chain import ChainReader
from keeper.daemon.accounts import AccountSource
from keeper.daemon.answer import Follower
from keeper.daemon.lead import Leader
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.ports import Alarms, Memory, Observability, Observer, Publisher, TimeSource
from keeper.daemon.present import PresentRound
from keeper.daemon.proofs import margin_proof
from keeper.daemon.round import Round
from keeper.daemon.status import account_table, status_document
from keeper.decide.turn import is_done, is_due, rank, round_number
from keeper.errors import ConsensusError, KeeperError
from keeper.messages import Endorsement, Proposal
from keeper.signing import Signer
from keeper.wire import LANE_PRICES

log = structlog.get_logger()


class Keeper:
    """Holds what must survive between cycles in memory; everything that must survive a restart is in `memory`."""

    def __init__(
        self,
        *,
        policy: KeeperPolicy,
        time_source: TimeSource,
        reader: ChainReader,
        observer: Observer,
        assessor: Assessor,
        signer: Signer,
        publisher: Publisher,
        memory: Memory,
        observability: Observability,
        alarms: Alarms,
        session: aiohttp.ClientSession,
        accounts: AccountSource | None = None,
    ) -> None:
        self.policy = policy
        self._time = time_source
        self._reader = reader
        self._publisher = publisher
        self._memory = memory
        self._observability = observability
        self._alarms = alarms
        model = assessor.model.digest()
        self.present = PresentRound(
            policy=policy,
            time_source=time_source,
            reader=reader,
            observer=observer,
            assessor=assessor,
            memory=memory,
            observability=observability,
            alarms=alarms,
            accounts=accounts,
        )
        self._leader = Leader(
            policy=policy,
            model=model,
            reader=reader,
            signer=signer,
            publisher=publisher,
            memory=memory,
            observability=observability,
            alarms=alarms,
            session=session,
        )
        self._follower = Follower(
            policy=policy,
            model=model,
            signer=signer,
            memory=memory,
            observability=observability,
            preimage=self._leader.preimage,
        )
        self._last_progress = time.monotonic()
        self._done_number = -1
        self._cycle_seconds: float | None = None

    # ---- the loop ----

    async def tick(self) -> bool:
        """One look at the clock: computes the present round once, publishes it when it is this keeper's turn.

        Returns whether anything was done. Every failure is logged with its remedy and leaves nothing half-written.
        """
        self._last_progress = time.monotonic()
        try:
            number = round_number(now=await self._time.now(), interval_seconds=self.policy.interval_seconds)
            return number != self._done_number and await self._timed_cycle(number)
        except KeeperError as error:
            kind = type(error).__name__
            log.error("cycle.failed", error=kind, reason=str(error))
            self._alarms.raise_alarm(Alarm.CYCLE_FAILED, str(error), subject=kind)
            return True

    async def once(self) -> None:
        """The present round again. Raises the KeeperError that ended it, ConsensusError if HALTED."""
        now = await self._time.now()
        await self._timed_cycle(round_number(now=now, interval_seconds=self.policy.interval_seconds))
        if self._newest is not None and self._newest.assessment is None:
            raise ConsensusError(f"{self._newest.mode.reason}: {dict(self._newest.missing)}")

    async def _timed_cycle(self, number: int) -> bool:
        started = time.perf_counter()
        try:
            done = await self._cycle(number)
        except KeeperError:
            self._observability.cycle("failed", time.perf_counter() - started)
            raise
        if done:
            self._done_number = number
            self._cycle_seconds = time.perf_counter() - started
            self._observability.cycle("done", self._cycle_seconds)
        return done

    async def tend(self) -> None:
        """Looks after transactions that are not final; a node that does not answer is asked again next time."""
        try:
            await self._publisher.tend()
        except KeeperError as error:
            kind = type(error).__name__
            log.error("outbox.untended", error=kind, reason=str(error))
            self._alarms.raise_alarm(Alarm.OUTBOX_UNTENDED, str(error), subject=kind)

    async def now(self) -> int:
        """The keeper's present."""
        return await self._time.now()

    async def _cycle(self, number: int) -> bool:
        """True when nothing is left to do in this round."""
        own = await self.present.of(number)
        view = own.context.view
        if own.assessment is None:
            log.error("round.halted", round=number, missing=dict(own.missing))
            return True
        place = rank(number=number, signer=self.policy.signer, signers=len(view.lanes.signers))
        sequence = (await self._reader.lanes()).sequences[LANE_PRICES]
        done = is_done(sequence_before=self.present.sequence_before(own), sequence_now=sequence)
        due = is_due(
            now=await self._time.now(),
            interval_seconds=self.policy.interval_seconds,
            rank=place,
            takeover_seconds=self.policy.takeover_seconds,
            done=done,
        )
        if not due:
            return done
        await self._leader.lead(own)
        return True

    # ---- the service ----

    async def endorse(self, proposal: Proposal) -> Endorsement:
        """Recomputes the round and signs the leader's bytes, or says why not."""
        try:
            now = await self._time.now()
            number = round_number(now=now, interval_seconds=self.policy.interval_seconds)
            own = await self.present.of(number)
        except KeeperError as error:
            return self._follower.refuse(proposal, error)
        return await self._follower.answer(proposal, own)

    def is_live(self) -> bool:
        """Whether the loop looked at the clock within the last minute."""
        return time.monotonic() - self._last_progress < 60.0

    def status(self) -> dict[str, Any]:
        return {
            **status_document(self._newest, signer=self.policy.signer, done_number=self._done_number),
            "cycle_seconds": self._cycle_seconds,
        }

    def accounts(self) -> list[dict[str, Any]]:
        return account_table(self._newest)

    def proof(self, account: int) -> dict[str, Any] | None:
        return margin_proof(self._memory.newest_root(), account)

    def evidence(self, digest: str) -> bytes | None:
        return self._memory.evidence(digest)

    @property
    def _newest(self) -> Round | None:
        return self.present.newest
