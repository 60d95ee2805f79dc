"""Decide: pure functions from (state, observation) to intents. No clock, no I/O, no keys.

turn       whose turn it is to publish, and when the next in rank takes over
rounds     which rows of an assessment are worth publishing
agreement  whether another keeper's rows are within published tolerances of one's own
preflight  what a round would do to accounts before anyone signs it
mode       the keeper's own mode from what it could observe
"""
