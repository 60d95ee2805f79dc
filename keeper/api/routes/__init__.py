"""Routes by concept.

operations   liveness, readiness, metrics, status
accounts     accounts, one account, liquidatable ones, the snapshot of candidates
questions    what-if and quotes: what costs a simulated call
records      margin proofs and evidence bundles
page         the liquidators' page and its assets
peers        proposals of other keepers
"""
