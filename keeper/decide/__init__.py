"""Decide: pure functions from (state, observation) to intents. No clock, no I/O, no keys.

turn       whose turn it is to publish, and when the next in rank takes over
mode       the keeper's own mode from what it could observe; warm_up, what waits after a gap
rounds     which rows of an assessment are worth publishing; cause, why; spending, what can wait when gas is dear
state_round, surface_motion   rows inside the chain's own bounds
agreement  whether another keeper's rows are within published tolerances of one's own
preflight  what a round would do to accounts before anyone signs it; cascade, what that would do to the others
cost       what a transaction may cost
"""
