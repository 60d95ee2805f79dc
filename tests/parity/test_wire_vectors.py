"""The committed wire vectors are what the generator writes."""

import importlib.util
import json
from pathlib import Path

HERE = Path(__file__).parent


def load_generator():
    spec = importlib.util.spec_from_file_location("generate_wire", HERE / "generate_wire.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_vectors_are_current():
    committed = json.loads((HERE / "vectors" / "wire.json").read_text())
    assert load_generator().wire_vectors() == committed


def test_a_single_changed_bit_changes_what_is_signed():
    generator = load_generator()
    config = bytes(32)
    rows = generator.MARGIN_ROWS
    changed = ((rows[0][0], rows[0][1] ^ 1, *rows[0][2:]), *rows[1:])
    before = generator.round_vector(config, 4, generator.MARGIN_FIELDS, rows, 1)
    after = generator.round_vector(config, 4, generator.MARGIN_FIELDS, changed, 1)
    other_config = generator.round_vector(b"\x01" + bytes(31), 4, generator.MARGIN_FIELDS, rows, 1)
    assert len({before["digest"], after["digest"], other_config["digest"]}) == 3
