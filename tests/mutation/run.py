"""Takes out one guard at a time and sees whether the named test notices. `make mutants`.

The contracts are copied to `var/mutants` first; the working tree is not touched, and what was compiled there is used
again. A mutant is killed when the tests compile and at least one of them fails; before anything is mutated the same
tests must pass.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("mutants.toml")
SCRATCH = REPOSITORY / "var/mutants"
COPIED = ("contracts", "tests/contracts", "tests/parity/vectors", "tools", "foundry.toml", "package.json")
TESTS_FAILED = "Encountered a total of"
TESTS_PASSED = "0 failed"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One guard removed: `old` replaced by `new` in `file`, to be noticed by `test` in `path`."""

    number: int
    guard: str
    file: str
    old: str
    new: str
    path: str
    test: str


def read_mutants() -> list[Mutant]:
    """The table, in order."""
    entries = tomllib.loads(TABLE.read_text())["mutant"]
    return [Mutant(**{"number" if k == "class" else k: v for k, v in entry.items()}) for entry in entries]


def forge(folder: Path, mutant: Mutant) -> tuple[bool, bool, str]:
    """(tests ran and passed, tests ran and failed, output)."""
    command = [str(folder / "tools/forge"), "test", "--match-path", mutant.path, "--match-test", mutant.test]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    passed = done.returncode == 0 and TESTS_PASSED in output and "0 tests passed" not in output
    return passed, done.returncode != 0 and TESTS_FAILED in output, output


def kill(folder: Path, mutant: Mutant) -> str:
    """`killed`, or why not."""
    passed, _, output = forge(folder, mutant)
    if not passed:
        return f"the test does not pass before the mutation\n{output[-2000:]}"
    target = folder / mutant.file
    source = target.read_text()
    target.write_text(source.replace(mutant.old, mutant.new))
    try:
        passed, failed, output = forge(folder, mutant)
    finally:
        target.write_text(source)
    if failed:
        return "killed"
    return "SURVIVED" if passed else f"does not compile\n{output[-2000:]}"


def prepare() -> None:
    """The scratch copy as the working tree is now; a file that did not change keeps its time."""
    for item in COPIED:
        source = REPOSITORY / item
        files = [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
        for path in files:
            target = SCRATCH / path.relative_to(REPOSITORY)
            if not target.exists() or target.read_bytes() != path.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        if source.is_dir():
            for stale in (SCRATCH / item).rglob("*"):
                if stale.is_file() and not (REPOSITORY / stale.relative_to(SCRATCH)).exists():
                    stale.unlink()
    modules = SCRATCH / "node_modules"
    if not modules.is_symlink():
        os.symlink((REPOSITORY / "node_modules").resolve(), modules)


def main(wanted: list[str]) -> int:
    """Runs the mutants of the classes named, default all."""
    mutants = [m for m in read_mutants() if not wanted or str(m.number) in wanted]
    prepare()
    results = []
    for mutant in mutants:
        results.append(kill(SCRATCH, mutant))
        sys.stdout.write(f"class {mutant.number:2}  {mutant.guard}: {results[-1]}\n")
        sys.stdout.flush()
    killed = results.count("killed")
    sys.stdout.write(f"{killed} of {len(results)} mutants killed\n")
    return 0 if killed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
