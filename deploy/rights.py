"""What each privileged function is for, with arguments that pass on the local chain: the manual's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from deploy.config import ChainConfig
from deploy.plan import Role

Arguments = Callable[[ChainConfig], tuple[Any, ...]]

# Shell expressions, because they depend on the day.
NEXT_MONTH_AT_EIGHT = "$(( ($(cast block latest --field timestamp) / 86400 + 60) * 86400 + 28800 ))"
TWO_DAYS_AGO_AT_EIGHT = "$(( ($(cast block latest --field timestamp) / 86400 - 2) * 86400 + 28800 ))"
IN_AN_HOUR = "$(( $(cast block latest --field timestamp) + 3600 ))"
SOMEONE = "0x00000000000000000000000000000000000A11CE"
PAUSE_SELECTOR = "0x557c2ff7"  # pause(uint64,bytes32)


def _stricter(config: ChainConfig) -> tuple[Any, ...]:
    """The configured policy with a tenth more of minimum notional."""
    model = list(config.margin.as_tuple())
    model[8] += model[8] // 10
    return (tuple(model), config.grid.points())


PURPOSES: Mapping[tuple[str, str], tuple[str, Arguments]] = {
    ("RiskParameters", "setUnderlying"): (
        "Lists the next underlying or changes a listed one.",
        lambda config: (1, config.underlyings[0].as_tuple()),
    ),
    ("RiskParameters", "setPriceOnly"): (
        "Lists the next id for prices alone (collateral and quote tokens, from 256 on) or changes a listed one.",
        lambda config: (256, config.underlyings[0].as_tuple()[1]),
    ),
    ("RiskParameters", "listExpiry"): (
        "Lists an expiry, 08:00 UTC.",
        lambda _: (NEXT_MONTH_AT_EIGHT,),
    ),
    ("RiskParameters", "setCovariance"): (
        "Sets the loadings of the covariance.",
        lambda config: (config.loadings_wad(),),
    ),
    ("RiskParameters", "setLaneLimits"): (
        "Replaces the freshness limits and the box around signed data.",
        lambda config: (config.limits.as_tuple(),),
    ),
    ("RiskParameters", "setAuctionCurve"): (
        "Replaces the auction curve; running auctions keep theirs.",
        lambda config: (config.auction.as_tuple(),),
    ),
    ("InterestRates", "setInterestModel"): (
        "Sets the interest on negative cash, and what of it goes to the insurance fund.",
        lambda config: (config.interest.as_tuple(),),
    ),
    ("LedgerTerms", "setTradeTerms"): (
        "Sets the fees and the most open interest of an underlying.",
        lambda config: (1, config.underlyings[0].trading.as_tuple()),
    ),
    ("MarginTerms", "setRiskTerms"): (
        "Sets the charges of an underlying outside its loss, and the band of prices at which a trade may reduce risk.",
        lambda config: (1, config.underlyings[0].risk.as_tuple()),
    ),
    ("Payouts", "setOutflowLimit"): (
        "Sets how much of a vault may leave it, net, within a window.",
        lambda config: (config.outflow.as_tuple(),),
    ),
    ("CollateralVault", "setCollateral"): (
        "Lists a token as collateral or changes its haircuts and cap.",
        lambda _: ("$COLLATERAL_TOKEN", (1, 2_000, 1_000, 10**24)),
    ),
    ("CollateralVault", "setQuoteFeed"): (
        "Says which underlying prices the quote token; 0 for none.",
        lambda config: (config.quote_feed_id(),),
    ),
    ("PolicyLane", "setPolicy"): (
        "Replaces margin model and grid, whole; 0 is whichever is the newest. Loosening is charged to the "
        "budgets; what raises maintenance waits for the grace and comes in steps, executed by anyone.",
        lambda config: ("0x" + "00" * 32, _stricter(config)),
    ),
    ("PolicyLane", "setPolicyLimits"): (
        "Replaces grace, steps and budgets of policy changes.",
        lambda config: (config.policy.as_tuple(),),
    ),
    ("PolicyLane", "veto"): (
        "Drops the newest pending policy; its predecessor, given whole, is in force again.",
        lambda config: ((config.margin.as_tuple(), config.grid.points()),),
    ),
    ("StateLane", "setStateLimits"): (
        "Replaces the box around covariance, perpetual premium and borrow premium.",
        lambda config: (config.state.as_tuple(),),
    ),
    ("SignedLanes", "setSigners"): (
        "Replaces the quorum; everything signed before is void.",
        lambda config: ([*config.signers.addresses], config.signers.threshold),
    ),
    ("PriceIntervals", "setSources"): (
        "Replaces the on-chain price sources of an underlying, at most four; a new one must agree with the others.",
        lambda _: (1, []),
    ),
    ("SettlementFallback", "decide"): (
        "Says a settlement price two days after an expiry that neither the signed lane nor on-chain sources settled.",
        lambda _: (1, TWO_DAYS_AGO_AT_EIGHT, 50_000 * 10**18),
    ),
    ("PriceIntervals", "setSequencerUptime"): (
        "Names the rollup's sequencer uptime; the zero address where there is no sequencer.",
        lambda _: ("0x" + "00" * 20,),
    ),
    ("MarginAccounts", "setMarginEngine"): (
        "Replaces the margin engine.",
        lambda _: ("$MARGIN_ENGINE",),
    ),
    ("MarginAccounts", "setLiquidation"): (
        "Replaces the liquidation module.",
        lambda _: ("$LIQUIDATION",),
    ),
    ("SignedLanes", "revokeSigner"): (
        "Strikes off one signer while at least the threshold remains.",
        lambda config: (config.signers.addresses[0],),
    ),
    ("Pause", "pause"): (
        "Holds back withdrawals and trades that add risk, for 72 hours at most, then not again for 7 days.",
        lambda _: (IN_AN_HOUR, "0x" + b"venue outage".ljust(32, b"\0").hex()),
    ),
    ("Pause", "end"): ("Ends the running pause.", lambda _: ()),
    ("GuardianTightening", "raiseStaleInitialRatio"): (
        "Raises the initial ratio of accounts without a fresh attestation.",
        lambda config: (config.margin.stale_initial_ratio_bps + 500,),
    ),
    ("AccessManager", "grantRole"): (
        "Gives a role to an account, with its execution delay in seconds.",
        lambda _: (int(Role.GUARDIAN), SOMEONE, 0),
    ),
    ("AccessManager", "revokeRole"): (
        "Takes a role from an account; so is a guardian removed.",
        lambda config: (int(Role.GUARDIAN), config.governance.guardians[0]),
    ),
    ("AccessManager", "setRoleAdmin"): (
        "Says which role may grant and revoke a role.",
        lambda _: (int(Role.GUARDIAN), int(Role.ADMIN)),
    ),
    ("AccessManager", "setRoleGuardian"): (
        "Says which role may cancel the scheduled calls of a role.",
        lambda _: (int(Role.PARAMETERS), int(Role.GUARDIAN)),
    ),
    ("AccessManager", "setGrantDelay"): (
        "Sets the time after which a granted role counts.",
        lambda _: (int(Role.GUARDIAN), 3_600),
    ),
    ("AccessManager", "labelRole"): (
        "Names a role in the logs.",
        lambda _: (int(Role.GUARDIAN), "GUARDIAN"),
    ),
    ("AccessManager", "setTargetFunctionRole"): (
        "Says which role may call a function.",
        lambda _: ("$PAUSE", [PAUSE_SELECTOR], int(Role.GUARDIAN)),
    ),
    ("AccessManager", "setTargetAdminDelay"): (
        "Sets a further delay for changes of one contract's roles.",
        lambda _: ("$SIGNED_LANES", 86_400),
    ),
    ("AccessManager", "setTargetClosed"): (
        "Closes a contract's restricted functions, or opens them. Warning: closing the ledger stops liquidation.",
        lambda _: ("$GUARDIAN_TIGHTENING", True),
    ),
    ("AccessManager", "updateAuthority"): (
        "Moves a contract to another access manager.",
        lambda _: ("$PAUSE", "$ACCESS_MANAGER"),
    ),
    ("Timelock", "updateDelay"): (
        "Changes the timelock's delay; never below the one it was deployed with.",
        lambda _: (200_000,),
    ),
    ("Timelock", "grantRole"): (
        "Gives one of the timelock's own roles, such as CANCELLER_ROLE.",
        lambda _: ("$(cast keccak CANCELLER_ROLE)", SOMEONE),
    ),
    ("Timelock", "revokeRole"): (
        "Takes one of the timelock's own roles.",
        lambda config: ("$(cast keccak CANCELLER_ROLE)", config.governance.council),
    ),
}

# What the timelock alone may do: it is the administrator of the access manager and its own.
ADMINISTRATION = tuple(key for key in PURPOSES if key[0] in ("AccessManager", "Timelock"))
