"""Assess: from an observation and the chain's state to signable rows. Pure given its inputs.

inputs     what an assessment is computed from, all of it replayable
surfaces   option quotes to one SVI row per listed expiry
market     wire rows back to the market state that risk/ prices on
margins    accounts to VaR, CVaR, own requirement and ratio rows
charges    from CVaR to what is charged: horizon, add-ons, minimum, stressed weight, operational loss
smoothing  ratios that rise at once and fall at their own pace
model      the configuration, its canonical form and its digest
bundle     inputs and results as evidence, and inputs back from evidence
assessment the whole, in one call

Rows are rounded to the wire first and everything downstream is computed from the rounded rows, so that an auditor
who has only the wire computes the same numbers.
"""

from keeper.assess.assessment import Assessment, Assessor, price_row
from keeper.assess.bundle import Evidence, from_bundle, to_bundle
from keeper.assess.charges import ChargePolicy
from keeper.assess.history import continued, history_digest, load_history, parse_history
from keeper.assess.inputs import AssessmentInputs, BlockRef, HourlyMark
from keeper.assess.margins import AccountAssessment, assess_accounts
from keeper.assess.market import margin_parameters, market_state
from keeper.assess.model import ModelConfig
from keeper.assess.smoothing import smoothed_rows
from keeper.assess.surfaces import relevant_quotes

__all__ = [
    "AccountAssessment",
    "Assessment",
    "AssessmentInputs",
    "Assessor",
    "BlockRef",
    "ChargePolicy",
    "Evidence",
    "HourlyMark",
    "ModelConfig",
    "assess_accounts",
    "continued",
    "from_bundle",
    "history_digest",
    "load_history",
    "margin_parameters",
    "market_state",
    "parse_history",
    "price_row",
    "relevant_quotes",
    "smoothed_rows",
    "to_bundle",
]
