"""The calls that anyone may make and somebody has to: a running keeper makes each of them when it is due.

reading   what the chain says at one block
policies  of the policy lane: a step that may be executed, auctions that it would charge
verdicts  of the newest margin root: rises that nobody has taken up
worker    looks, decides, asks the chain first, sends, tells
ports     what it needs from outside
"""

from keeper.chores.ports import ChoreReport, Figures, Sender
from keeper.chores.reading import read_facts
from keeper.chores.verdicts import OwnKnowledge
from keeper.chores.worker import RESULTS, ChoreTerms, ChoreWorker

__all__ = [
    "RESULTS",
    "ChoreReport",
    "ChoreTerms",
    "ChoreWorker",
    "Figures",
    "OwnKnowledge",
    "Sender",
    "read_facts",
]
