"""`python -m keeper.cli` is `tailguard`."""

from keeper.cli.app import main

main()
