"""What `make gas-check` fails on: gas above the committed snapshot, a stale snapshot, contracts too large."""

import json
from pathlib import Path

import pytest

from tests.bench import gas


@pytest.mark.parametrize(
    ("before", "now", "must", "word", "is_failure"),
    [
        (100_000, 100_000, 100_000, "reached", False),
        (100_000, 101_000, None, "no must", False),
        (100_000, 100_000, 80_000, "above the must: +25.0%", False),
        (100_000, 101_001, 200_000, "REGRESSION: +1.0%", True),
        (100_000, 98_000, 200_000, "cheaper: -2.0%, renew the snapshot; reached", False),
        (100_000, 98_000, 80_000, "cheaper: -2.0%, renew the snapshot; above the must: +22.5%", False),
        (None, 1, 2, "STALE: not in the snapshot", True),
        (1, None, 2, "STALE: not measured", True),
    ],
)
def test_a_figure_is_held_to_the_snapshot_and_shown_beside_its_must(before, now, must, word, is_failure):
    assert gas.verdict(before, now, must) == word
    assert gas.fails(word) is is_failure


def test_a_must_that_nobody_measures_is_stale():
    rows = {row[0]: row[4] for row in gas.compared({}, {})}
    assert set(rows) == set(gas.MUSTS)
    assert all(gas.fails(word) for word in rows.values())


def test_the_committed_snapshot_has_every_must():
    assert set(json.loads(gas.SNAPSHOT.read_text())) >= set(gas.MUSTS)


def artifact(folder: Path, name: str, *, source: str, size: int) -> None:
    place = folder / f"{name}.sol"
    place.mkdir()
    document = {
        "metadata": {"settings": {"compilationTarget": {source: name}}},
        "deployedBytecode": {"object": "0x" + "00" * size},
    }
    (place / f"{name}.json").write_text(json.dumps(document))


def run(tmp_path: Path, *, largest: int) -> int:
    artifact(tmp_path, "Large", source="contracts/margin/Large.sol", size=largest)
    artifact(tmp_path, "Interface", source="contracts/interfaces/Interface.sol", size=0)
    artifact(tmp_path, "OfATest", source="tests/contracts/OfATest.sol", size=gas.SIZE_LIMIT + 1)
    assert gas.sizes_of(tmp_path) == {"Large": largest}
    return gas.main(["--measured", str(gas.SNAPSHOT), "--artifacts", str(tmp_path)])


def test_a_contract_at_the_limit_passes_and_one_byte_more_fails(tmp_path, capsys):
    (tmp_path / "fits").mkdir()
    (tmp_path / "exceeds").mkdir()
    assert run(tmp_path / "fits", largest=gas.SIZE_LIMIT) == 0
    assert run(tmp_path / "exceeds", largest=gas.SIZE_LIMIT + 1) == 1
    assert "TOO LARGE" in capsys.readouterr().out


def test_no_contract_at_all_fails(tmp_path, capsys):
    assert gas.main(["--measured", str(gas.SNAPSHOT), "--artifacts", str(tmp_path)]) == 1
    assert "0 contracts" in capsys.readouterr().out
