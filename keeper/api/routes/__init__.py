"""Routes by concept.

operations   liveness, readiness, metrics, status
accounts     accounts, one account, liquidatable ones, the snapshot of candidates, what-if
records      margin proofs and evidence bundles
peers        proposals of other keepers
"""
