"""The committed price vectors are those of the mirror, and they visit every kind of case."""

from __future__ import annotations

import json

from .generate_prices import CASES, VECTORS, vectors


def test_the_committed_vectors_are_the_mirrors() -> None:
    assert json.loads(VECTORS.read_text()) == vectors()


def test_the_vectors_visit_agreement_disagreement_and_silence() -> None:
    outputs = vectors()["outputs"]
    agreeing = outputs[4::5]
    assert len(agreeing) == CASES
    assert set(agreeing) == {0, 1, 2, 3, 4}
    assert 0 in outputs[3::5]
