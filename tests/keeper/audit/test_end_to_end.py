"""A played chain audited: everything follows. With evidence dropped or altered, exactly that round says so."""

from __future__ import annotations

import copy
import dataclasses
import json
import shutil
from decimal import Decimal

import pytest
import zstandard
from typer.testing import CliRunner

from keeper.audit import EvidenceSource, Verdict, audit, audit_log, gather, silent
from keeper.cli.app import app
from keeper.cli.audit import show_report
from keeper.errors import AuditFailed, EvidenceError

from .conftest import reading

pytestmark = pytest.mark.chain


@pytest.fixture(scope="session")
def evidence(played, tmp_path_factory):
    """A copy of the evidence folder that a test may damage."""

    def copied():
        folder = tmp_path_factory.mktemp("evidence") / "copy"
        shutil.copytree(played.evidence, folder)
        return folder

    return copied


async def second_round(reader, played):
    """The record up to the second keeper round, the first with accounts that hold positions."""
    whole = await gather(
        reader,
        chain_id=played.deployment.chain_id,
        first_block=played.deployment.first_block,
        progress=silent,
    )
    blocks = [e.block_number for e in whole.events if e.name == "RoundAccepted" and e.arguments["lane"] == 4]
    return await gather(
        reader,
        chain_id=played.deployment.chain_id,
        first_block=played.deployment.first_block,
        progress=silent,
        last_block=blocks[0],
    )


async def test_everything_that_happened_follows(played):
    seen = []
    async with reading(played) as reader:
        report = await audit(
            reader=reader,
            deployment=played.deployment,
            evidence=played.evidence,
            progress=lambda *state: seen.append(state),
        )
    assert report.unexplained == ()
    assert {r.verdict for r in report.round_results} == {Verdict.VERIFIED}
    assert report.rounds == report.rounds_verified == len(report.bundles) == 18
    assert report.lanes["margins"]["verified"] >= 10
    assert (report.trades, report.accounts) == (9, 12)
    assert report.liquidations >= 3
    assert report.fills >= 4
    assert report.insolvencies >= 1
    assert report.settlements >= 4
    paid = Decimal(report.insurance_paid) + Decimal(report.socialised_loss)
    assert Decimal(report.bad_debt) == paid > Decimal(report.socialised_loss) > 0
    assert set(report.trails.values()) == {"verified"}
    assert report.passed
    assert all(gas > 100_000 for gas in report.gas_per_round)
    json.dumps(report.to_json(), default=str)
    assert {stage for stage, _, _ in seen} == {
        "reading logs",
        "reading calldata",
        "replaying",
        "re-deriving rounds",
    }
    assert all(done <= total for _, done, total in seen)


async def test_what_the_chain_shows_at_an_earlier_block_is_audited_there(played):
    async with reading(played) as reader:
        log = await second_round(reader, played)
        report = await audit_log(reader=reader, log=log, source=EvidenceSource.of_folder(played.evidence))
    assert (report.rounds, report.rounds_verified, report.unexplained) == (2, 2, ())


async def test_a_round_without_its_bundle_is_unverified_and_the_others_are_not(played, evidence):
    folder = evidence()
    async with reading(played) as reader:
        log = await second_round(reader, played)
        name = next(e for e in log.events if e.name == "RoundAccepted").arguments["snapshot"].hex()
        (folder / f"{name}.json.zst").unlink()
        report = await audit_log(reader=reader, log=log, source=EvidenceSource.of_folder(folder))
    assert [r.verdict for r in report.round_results] == [Verdict.UNVERIFIED, Verdict.VERIFIED]
    assert "is missing" in report.round_results[0].lanes[0].reason
    assert report.rounds_verified == 1


async def test_an_altered_bundle_is_never_verified(played, evidence):
    folder = evidence()
    async with reading(played) as reader:
        log = await second_round(reader, played)
        snapshots = [e.arguments["snapshot"] for e in log.events if e.name == "RoundAccepted"]
        path = folder / f"{snapshots[-1].hex()}.json.zst"
        document = json.loads(zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read())
        document["quotes"][0]["price"] = "1"
        path.write_bytes(zstandard.ZstdCompressor().compress(json.dumps(document).encode()))
        report = await audit_log(reader=reader, log=log, source=EvidenceSource.of_folder(folder))
    assert report.rounds_unverified == 1
    assert "it was altered" in report.round_results[-1].lanes[0].reason


async def test_a_missing_or_exchanged_history_leaves_rounds_unverified(played, evidence):
    folder = evidence()
    (history,) = folder.glob("history-*.json")
    document = json.loads(history.read_text())
    document["spots"][0][0] += 1.0
    async with reading(played) as reader:
        log = await second_round(reader, played)
        for damage in (lambda: history.write_text(json.dumps(document)), history.unlink):
            damage()
            report = await audit_log(reader=reader, log=log, source=EvidenceSource.of_folder(folder))
            assert (report.rounds_unverified, report.rounds_verified) == (2, 0)
            assert "history" in report.round_results[0].lanes[0].reason


def _cheaper_quotes(document):
    for quote in document["quotes"]:
        quote["price"] = str(Decimal(quote["price"]) * Decimal("0.999"))


def _calmer_options(document):
    for quote in document["option_quotes"]:
        quote["mark_volatility"] *= 0.9


def _other_seed(document):
    document["model"]["seed"] += 1


def _other_previous(document):
    document["previous"]["1"] = "1"


def _other_block(document):
    document["block"]["hash"] = "0x" + "00" * 32


def _later_block(document):
    document["block"]["number"] += 10_000


def _fewer_expiries(document):
    document["expiries"] = document["expiries"][:-1]


@pytest.mark.parametrize(
    ("lie", "lane", "named"),
    [
        (_cheaper_quotes, "prices", "row (1,) price"),
        (_calmer_options, "surfaces", "row (1, "),
        (_other_seed, "prices", "model"),
        (_other_previous, "prices", "previous"),
        (_other_block, "prices", "block"),
        (_later_block, "prices", "block"),
        (_fewer_expiries, "prices", "expiries"),
    ],
)
async def test_evidence_that_says_something_else_is_a_mismatch_by_name(played, lie, lane, named):
    """As if a quorum had signed for this bundle: its hash is taken as right, its content is not."""
    whole = EvidenceSource.of_folder(played.evidence)
    async with reading(played) as reader:
        log = await second_round(reader, played)
        signed = [e.arguments["snapshot"] for e in log.events if e.name == "RoundAccepted"][-1]

        def bundle(name):
            document = copy.deepcopy(whole.bundle(name))
            if name == signed:
                lie(document)
            return document

        report = await audit_log(reader=reader, log=log, source=EvidenceSource(bundle, whole.history))
    assert [r.verdict for r in report.round_results] == [Verdict.VERIFIED, Verdict.MISMATCHED]
    result = next(item for item in report.round_results[-1].lanes if item.lane == lane)
    assert result.reason.startswith(named)
    assert not report.passed


def test_an_absent_evidence_folder_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match="does not exist"):
        EvidenceSource.of_folder(tmp_path / "absent")


async def test_the_report_fits_a_screen_and_names_what_is_missing(played, evidence, capsys):
    folder = evidence()
    for path in folder.glob("*.zst"):
        path.unlink()
    async with reading(played) as reader:
        log = await second_round(reader, played)
        report = await audit_log(reader=reader, log=log, source=EvidenceSource.of_folder(folder))
    show_report(report)
    shown = capsys.readouterr().out
    assert "0 verified, 2 unverified" in " ".join(shown.split())
    assert "prices round 1 is unverified" in shown
    assert len(shown.splitlines()) < 40


def test_the_command_passes_a_sound_record(played):
    arguments = [
        "audit",
        f"--rpc={played.url}",
        f"--deployment={played.evidence.parent / 'deployment.json'}",
        f"--evidence={played.evidence}",
        "--json",
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None
    assert json.loads(result.stdout)["passed"] is True


async def test_a_report_with_anything_unexplained_does_not_pass(played):
    async with reading(played) as reader:
        log = await second_round(reader, played)
        cut = dataclasses.replace(log, events=log.events[:-1])
        report = await audit_log(reader=reader, log=cut, source=EvidenceSource.of_folder(played.evidence))
    assert not report.passed
    assert any("trail of SignedLanes lane 4" in item for item in report.unexplained)
    assert any(item.startswith("attestations") for item in report.final_state)
    assert AuditFailed("").exit_code == 10
