"""The calls that anyone may make and somebody has to: a running keeper makes each of them when it is due.

reading  what the chain says at one block
worker   looks, decides, asks the chain first, sends, tells
ports    what it needs from outside
"""

from keeper.chores.ports import ChoreReport, Figures, Sender
from keeper.chores.reading import read_facts
from keeper.chores.worker import RESULTS, ChoreTerms, ChoreWorker

__all__ = ["RESULTS", "ChoreReport", "ChoreTerms", "ChoreWorker", "Figures", "Sender", "read_facts"]
