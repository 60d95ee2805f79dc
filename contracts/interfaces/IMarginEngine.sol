// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Leg} from "../types/Instrument.sol";
import {IMarginWitness} from "./IMarginWitness.sol";
import {MarginState, Mode, Witness} from "../types/Margin.sol";

/// @title Live margin of any account, computed from price intervals and signed surfaces alone
/// @notice Rounding: requirements up, equity down. Liveness: needs a usable price (`IPriceIntervals`), without which the
/// views revert with `NoUsablePrice`, the mode is HALTED and only deposits pass; and, for options, a surface no older than
/// `LaneLimits.haltAge`, without which they revert with `StaleMarketData`.
///
/// Definitions, for underlying u with index S and legs of quantity q; forward F = S (1 + basis), undiscounted
/// Black-76 marks V, T in years of 365 days, term weight w(T) = sqrt(30 d / max(T, termFloorDays)):
/// - delta D = sum q dV/dF (1 + basis) S (money per relative spot move), perpetual: q S
/// - gamma G = sum q F pdf(d1) / max(s, sqrt(S_uu)) with s = sigma sqrt(T) and S_uu the variance of the underlying's
///   relative spot move: q d2V/dF2 F^2 wherever s is the larger. A quadratic cannot describe a kink narrower than the
///   move it is integrated over; near expiry 1/s would ask a multiple of what any move can lose. d1 keeps s itself.
/// - vega  N = sum q (dV/dsigma) sigma w(T) (money per relative move of 30-day volatility)
/// - with d = (D_1, N_1, D_2, N_2, ...) and diagonal matrix Gm = diag(G_1, 0, G_2, 0, ...):
///   mean = tr(Gm S) / 2, variance = d' S d + tr((Gm S)^2) / 2,
///   deltaGammaVega = max(0, expectedShortfallMultiplier sqrt(variance) - mean)
/// - a grid point shocks S and every F by (1 + spotShock) and each sigma_K by (1 + volatilityShock w(T)), the
///   surface moving with the forward (sigma of a strike is read at the unshocked log-moneyness), sigma at least 0
/// - in the last 30 minutes, the share w of the settlement window over at an average a (`ISignedLanes.settlementAccrued`; 0 after a
///   gap): q options struck at K count as (1 - w) q struck at K' = (K - w a) / (1 - w), in marks, sensitivities, charges and gross
///   notional; for K' <= 0 a call as (1 - w) q forwards less K' each, a put as nothing, charged all the same. Rounded against the holder
/// - an expired leg not yet settled keeps its intrinsic value at the settlement price; before that is fixed at the average of its
///   window, or where that has a gap at the index
interface IMarginEngine is IMarginWitness {
    error StaleMarketData(uint16 underlying, uint32 expiry, uint64 observedAt, uint256 blockTime);
    error InvalidWitness(uint256 point, uint256 points);

    /// @notice The live margin of `account`.
    function marginOf(uint64 account) external view returns (MarginState memory);
    /// @notice The same after adding `changes` to its legs and `cashChange` to its cash.
    function whatIf(uint64 account, Leg[] calldata changes, int256 cashChange)
        external
        view
        returns (MarginState memory);
    /// @notice The witness that maximises the bound; for callers off chain.
    function worstWitness(uint64 account) external view returns (Witness memory);
    /// @notice Value of all legs at the signed price (no interval), rounded down.
    function markOf(uint64 account) external view returns (int256);
    /// @notice `IPriceIntervals.mode`.
    function mode() external view returns (Mode);
    /// @notice Unix seconds until which prices already there keep the mode from HALTED, see `IPriceIntervals`; 0 while it is HALTED.
    function liveUntil() external view returns (uint64);
    function fundingIndex(uint16 underlying) external view returns (int256);
}
