"""Assess: from an observation and the chain's state to signable rows. Pure given its inputs.

inputs     what an assessment is computed from, all of it replayable
surfaces   option quotes to one SVI row per listed expiry
market     wire rows back to the market state that risk/ prices on
margins    accounts to VaR, CVaR, own requirement and ratio rows
model      the configuration, its canonical form and its digest
bundle     inputs and results as evidence, and inputs back from evidence
assessment the whole, in one call

Rows are rounded to the wire first and everything downstream is computed from the rounded rows, so that an auditor
who has only the wire computes the same numbers.
"""
