"""The committed wire vectors are what the generator writes."""

import json
from pathlib import Path

from tests.parity import generate_wire as generator
from tests.parity import wire_messages

HERE = Path(__file__).parent


def test_the_committed_vectors_are_current():
    committed = json.loads((HERE / "vectors" / "wire.json").read_text())
    assert generator.wire_vectors() == committed


def test_a_single_changed_bit_changes_what_is_signed():
    config = bytes(32)
    rows = wire_messages.MARGIN_ROWS
    changed = ((rows[0][0], rows[0][1] ^ 1, *rows[0][2:]), *rows[1:])
    before = generator.round_vector(config, 4, wire_messages.MARGIN_FIELDS, rows, 1)
    after = generator.round_vector(config, 4, wire_messages.MARGIN_FIELDS, changed, 1)
    other_config = generator.round_vector(b"\x01" + bytes(31), 4, wire_messages.MARGIN_FIELDS, rows, 1)
    assert len({before["digest"], after["digest"], other_config["digest"]}) == 3
