"""What `make coverage-contracts` counts and where it fails."""

import pytest

from tests.bench import contract_coverage

REPORT = """TN:
SF:contracts/A.sol
DA:3,1
DA:4,0
end_of_record
SF:contracts/B.sol
DA:1,7
DA:2,1
end_of_record
SF:contracts/A.sol
DA:4,0
DA:5,2
end_of_record
"""


def test_records_of_one_file_are_one_file():
    hits = contract_coverage.hits_of(REPORT.splitlines())
    assert hits == {"contracts/A.sol": {3: 1, 4: 0, 5: 2}, "contracts/B.sol": {1: 7, 2: 1}}
    assert contract_coverage.percent(hits.values()) == 80
    assert "all" in contract_coverage.table(hits)
    assert "4" in contract_coverage.table(hits).splitlines()[0].split("%")[1], "the line that was missed"


@pytest.mark.parametrize(("least", "status"), [("80", 0), ("80.01", 1)])
def test_fewer_lines_than_asked_for_fail(tmp_path, capsys, least, status):
    report = tmp_path / "contracts.lcov"
    report.write_text(REPORT)
    assert contract_coverage.main(["--lcov", str(report), "--least", least]) == status


def test_an_empty_report_is_no_coverage(tmp_path, capsys):
    report = tmp_path / "contracts.lcov"
    report.write_text("")
    assert contract_coverage.main(["--lcov", str(report), "--least", "0"]) == 1
