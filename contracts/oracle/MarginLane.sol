// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {MarginModel} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {RoundHash} from "../libraries/RoundHash.sol";
import {Header, LANE_MARGINS, MarginRow, QuorumSignature} from "../types/Wire.sol";
import {RoundGate} from "./RoundGate.sol";

/// @title Lane 4: the quorum's verdicts on accounts
/// @notice A row that cannot be used is skipped with its reason, so that one account's trade in the meantime, or one
/// wrong row, never costs the others their verdict.
abstract contract MarginLane is RoundGate {
    /// @dev Two slots: what margin checks need is in the first.
    struct Attestation {
        uint64 portfolioNonce;
        uint16 initialRatioBps;
        uint16 maintenanceRatioBps;
        uint64 observedAt;
        uint96 valueAtRisk;
        uint96 expectedShortfall;
    }

    uint8 private constant USABLE = 0;
    uint8 private constant UNKNOWN_ACCOUNT = 1;
    uint8 private constant STALE_PORTFOLIO_NONCE = 2;
    uint8 private constant OUTSIDE_CORRIDOR = 3;
    uint8 private constant MAINTENANCE_ABOVE_INITIAL = 4;

    /// @notice The ledger whose portfolio nonces bind the rows.
    IMarginAccounts public immutable accounts;

    mapping(uint64 account => Attestation) private _attestations;

    constructor(IMarginAccounts accounts_) {
        accounts = accounts_;
    }

    /// @inheritdoc ISignedLanes
    function publishMargins(
        Header calldata header,
        MarginRow[] calldata rows,
        QuorumSignature calldata quorum
    ) external {
        _accept(LANE_MARGINS, header, RoundHash.ofMargins(rows), rows.length, quorum);
        MarginModel memory model = parameters.marginModel();
        uint64 seq = header.seq;
        uint64 observedAt = header.observedAt;
        for (uint256 index; index < rows.length; ++index) {
            if (index != 0 && rows[index].account <= rows[index - 1].account) {
                revert RowsNotAscending(index);
            }
            _publishMargin(rows[index], model, seq, observedAt);
        }
    }

    /// @inheritdoc ISignedLanes
    function attestation(uint64 account) external view returns (MarginRow memory row, uint64 observedAt) {
        Attestation memory last = _attestations[account];
        if (last.observedAt == 0) return (row, 0);
        row = MarginRow({
            account: account,
            portfolioNonce: last.portfolioNonce,
            initialRatioBps: last.initialRatioBps,
            maintenanceRatioBps: last.maintenanceRatioBps,
            valueAtRisk: last.valueAtRisk,
            expectedShortfall: last.expectedShortfall
        });
        observedAt = last.observedAt;
    }

    function _publishMargin(
        MarginRow calldata row,
        MarginModel memory model,
        uint64 laneSeq,
        uint64 observedAt
    ) private {
        uint8 reason = _reasonToSkip(row, model);
        if (reason != USABLE) {
            _recordSkipped(row, laneSeq, reason);
            return;
        }
        _attestations[row.account] = Attestation({
            portfolioNonce: row.portfolioNonce,
            initialRatioBps: row.initialRatioBps,
            maintenanceRatioBps: row.maintenanceRatioBps,
            observedAt: observedAt,
            valueAtRisk: row.valueAtRisk,
            expectedShortfall: row.expectedShortfall
        });
        _recordAttested(row, laneSeq);
    }

    function _reasonToSkip(MarginRow calldata row, MarginModel memory model) private view returns (uint8) {
        uint64 account = row.account;
        if (!accounts.exists(account)) return UNKNOWN_ACCOUNT;
        if (accounts.portfolioNonce(account) != row.portfolioNonce) return STALE_PORTFOLIO_NONCE;
        uint16 initial = row.initialRatioBps;
        uint16 maintenance = row.maintenanceRatioBps;
        if (_isOutside(initial, model) || _isOutside(maintenance, model)) return OUTSIDE_CORRIDOR;
        return maintenance > initial ? MAINTENANCE_ABOVE_INITIAL : USABLE;
    }

    function _isOutside(uint16 ratioBps, MarginModel memory model) private pure returns (bool) {
        return ratioBps < model.ratioFloorBps || ratioBps > model.ratioCapBps;
    }

    function _recordAttested(MarginRow calldata row, uint64 laneSeq) private {
        bytes memory payload = abi.encode(
            MarginAttested.selector,
            row.account,
            laneSeq,
            row.portfolioNonce,
            row.initialRatioBps,
            row.maintenanceRatioBps,
            row.valueAtRisk,
            row.expectedShortfall
        );
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit MarginAttested(
            row.account,
            laneSeq,
            row.portfolioNonce,
            row.initialRatioBps,
            row.maintenanceRatioBps,
            row.valueAtRisk,
            row.expectedShortfall,
            seq,
            runningHash
        );
    }

    function _recordSkipped(MarginRow calldata row, uint64 laneSeq, uint8 reason) private {
        bytes memory payload =
            abi.encode(MarginRowSkipped.selector, row.account, laneSeq, reason, row.portfolioNonce);
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit MarginRowSkipped(row.account, laneSeq, reason, row.portfolioNonce, seq, runningHash);
    }
}
