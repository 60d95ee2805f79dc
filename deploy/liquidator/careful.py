"""A strategy process in a few lines: takes half of what is offered once it pays twice what is asked.

Run by `[strategy] command = ["python3", "deploy/liquidator/careful.py"]`; the protocol is in docs/liquidators.md.
"""

import json
import sys
from decimal import Decimal

for line in sys.stdin:
    question = json.loads(line)
    quote = question["quote"]
    answer = {"id": question["id"], "action": "wait"}
    if quote["action"] == "end":
        answer["action"] = "act"
    elif quote["fill"]:
        profit = Decimal(quote["fill"]["profit_low"]) - Decimal(question["gas_cost"])
        if quote["action"] == "start" or profit >= 2 * Decimal(question["least_profit"]):
            half = Decimal(quote["fill"]["fraction"]) / 2
            answer.update(action="act", fraction=f"{half:.18f}", reason=f"profit {profit}")
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
