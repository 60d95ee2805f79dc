"""The command line, and the only place that wires rooms together.

app       the commands, exit codes, the one border where errors become messages
output    tables for people, JSON for machines
connect   a chain connection from options, environment or a configuration file
accounts  account list|show|what-if, liquidatable
run       keeper run|once|check
serving   the keeper's HTTP face
quote     quote verify
liquidator  liquidator run
chain     deploy, doctor
audit     audit
demo      demo (and replay)
"""

from keeper.cli.app import main

__all__ = ["main"]
