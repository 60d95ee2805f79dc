"""`tailguard shadow`: both forecasts scored on the same outcomes, for people and for machines."""

from __future__ import annotations

import json

import pytest

from keeper.simulation.history import synthetic_history
from tests.keeper.cli.conftest import GENESIS, Result

pytest.importorskip("sklearn", reason="the shadow forecast needs scikit-learn: pip install tailguard[shadow]")


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.json"
    path.write_text(json.dumps(synthetic_history(seed=3, end=GENESIS, hours=700, spots=(7_900.0, 195.0))))
    return path


def test_both_models_are_scored_on_the_same_outcomes(tailguard, history) -> None:
    rows = tailguard("shadow", "--history", history, "--train", 400, "--json").json
    assert [(row["underlying"], row["model"]) for row in rows] == [
        (1, "of record"),
        (1, "shadow"),
        (2, "of record"),
        (2, "shadow"),
    ]
    for row in rows:
        assert row["observations"] == 299  # 700 bars are 699 returns, the first 400 of them for the fit
        assert 0 <= row["violations"] <= 60
        assert row["pinball"] > 0
        assert 0 <= row["coverage_p"] <= 1
    again = tailguard("shadow", "--history", history, "--train", 400, "--json").json
    assert again == rows
    assert (
        "One-step forecasts of the 5.0% quantile"
        in tailguard("shadow", "--history", history, "--train", 400).out
    )


def test_a_history_that_is_too_short_or_missing_is_refused(tailguard, history, tmp_path) -> None:
    short: Result = tailguard("shadow", "--history", history, "--train", 900)
    assert short.code == 1
    assert "901 returns, got 699" in short.message
    missing = tailguard("shadow", "--history", tmp_path / "none.json")
    assert missing.code == 2
    assert "cannot be read" in missing.message
