"""What every storage slot of the system must hold, from logs and calldata alone."""
