"""A solver for halmos: answers an SMT-LIB query about 256-bit words with cvc5, which asks it of the integers.

Solvers that take words apart bit by bit do not end on a 256-bit division; among integers it is a product and a rest.
Run by `.audit-venv/bin/python tools/integers.py QUERY`; halmos ends it where it takes too long.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import cvc5

_ABSTRACT = re.compile(
    r"\(declare-fun (f_evm_(bvmul|bvudiv|bvurem)_(\d+)) "
    r"\(\(_ BitVec \3\) \(_ BitVec \3\)\) \(_ BitVec \3\)\)"
)


def _meant(found: re.Match[str]) -> str:
    """What halmos leaves open at its first try, as the machine computes it: by zero it divides to zero."""
    name, operation, size = found.groups()
    value = f"({operation} x y)"
    if operation != "bvmul":
        value = f"(ite (= y (_ bv0 {size})) (_ bv0 {size}) {value})"
    word = f"(_ BitVec {size})"
    return f"(define-fun {name} ((x {word}) (y {word})) {word} {value})"


def _answer(query: str, *, without: str) -> list[str]:
    """What each command prints, the assertions that contain `without` left out."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("solve-bv-as-int", "sum")
    solver.setOption("produce-models", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, query, "query")
    printed: list[str] = []
    while not (command := parser.nextCommand()).isNull():
        name = command.getCommandName()
        if name == "assert" and without and without in str(command):
            continue
        # only a query that has a solution has one to print
        if name == "get-model" and printed != ["sat"]:
            continue
        text = command.invoke(solver, parser.getSymbolManager()).strip()
        if text:
            printed.append(text)
    return printed


def main(path: str) -> None:
    """Prints `unsat`, or `sat` and a solution.

    A product that would not fit into a word is taken apart in 512 bits; that it cannot arise mostly follows from the
    other assertions, and what they refute all of them do.
    """
    query = _ABSTRACT.sub(_meant, Path(path).read_text())
    printed = _answer(query, without="_512") if "_512" in query else []
    if printed != ["unsat"]:
        printed = _answer(query, without="")
    sys.stdout.write("\n".join(printed) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
