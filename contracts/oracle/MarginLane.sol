// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {CorridorRatio} from "../libraries/CorridorRatio.sol";
import {PackedAttestation} from "../libraries/PackedAttestation.sol";
import {RoundRows} from "../libraries/RoundRows.sol";
import {Attestation, RatioRules} from "../types/Attestation.sol";
import {Header, LANE_MARGINS, MarginRow, QuorumSignature} from "../types/Wire.sol";
import {RoundGate} from "./RoundGate.sol";

/// @title Lane 4: the quorum's verdicts on accounts
/// @notice A row that cannot be used is skipped with its reason, so that one account's trade in the meantime, or one
/// wrong row, never costs the others their verdict. A row for another portfolio nonce than the last attested one is
/// compared with the ledger. One for the same nonce is not: if the account has traded since, that nonce is past, and
/// whoever reads an attestation finds it void for the new portfolio.
abstract contract MarginLane is RoundGate {
    uint8 private constant USABLE = 0;
    uint8 private constant UNKNOWN_ACCOUNT = 1;
    uint8 private constant STALE_PORTFOLIO_NONCE = 2;
    uint8 private constant OUTSIDE_CORRIDOR = 3;
    uint8 private constant MAINTENANCE_ABOVE_INITIAL = 4;
    uint8 private constant OLDER_THAN_LAST = 5;

    /// @notice The ledger whose portfolio nonces bind the rows.
    IMarginAccounts public immutable accounts;

    /// @dev Packed as `PackedAttestation` says.
    mapping(uint64 account => uint256) private _attestations;

    constructor(IMarginAccounts accounts_) {
        accounts = accounts_;
    }

    /// @inheritdoc ISignedLanes
    function publishMargins(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external
    {
        uint256 count = RoundRows.count(rows, RoundRows.MARGIN_LENGTH);
        bytes32 rowsHash = keccak256(rows);
        uint256 trail = _verify(LANE_MARGINS, header, rowsHash, quorum, _parametersDigest());
        _attestAll(rows, count, header.seq, header.observedAt);
        _record(header, rowsHash, quorum.signerBitmap, trail);
        _keepOnRecord(header, rows);
    }

    /// @inheritdoc ISignedLanes
    function attestation(uint64 account) external view returns (Attestation memory) {
        return PackedAttestation.unpack(_attestations[account]);
    }

    /// @dev One verdict, not among rows of a round: what would be skipped reverts. Gives the slot as it is kept.
    function _attestProven(MarginRow calldata row, uint64 observedAt) internal returns (uint256) {
        uint64 account = row.account;
        uint256 word = _attestations[account];
        if (observedAt <= PackedAttestation.observedAtOf(word)) {
            revert MarginRowRefused(account, OLDER_THAN_LAST);
        }
        RatioRules memory rules = parameters.attestationRules();
        uint256 renewed = PackedAttestation.renewed(
            word, row.portfolioNonce, row.initialRatioBps, row.maintenanceRatioBps, observedAt, rules
        );
        if (renewed != 0) {
            // the lowest bits count the proofs
            _attestations[account] = ++renewed;
            return renewed;
        }
        Attestation memory last = PackedAttestation.unpack(word);
        Attestation memory verdict;
        (verdict.portfolioNonce, verdict.observedAt) = (row.portfolioNonce, observedAt);
        (verdict.initialRatioBps, verdict.maintenanceRatioBps) =
        (row.initialRatioBps, row.maintenanceRatioBps);
        verdict.proofs = last.proofs + 1;
        uint8 reason = _attest(account, last, verdict, rules);
        if (reason != USABLE) revert MarginRowRefused(account, reason);
        return PackedAttestation.pack(verdict);
    }

    function _attestAll(bytes calldata rows, uint256 count, uint64 seq, uint64 observedAt) private {
        RatioRules memory rules = parameters.attestationRules();
        Attestation memory verdict;
        verdict.observedAt = observedAt;
        uint256 previous;
        for (uint256 index; index < count; ++index) {
            uint64 account;
            (account, verdict.portfolioNonce, verdict.initialRatioBps, verdict.maintenanceRatioBps) =
                RoundRows.margin(rows, index);
            if (index != 0 && account <= previous) revert RowsNotAscending(index);
            previous = account;
            uint256 word = _attestations[account];
            uint256 renewed = PackedAttestation.renewed(
                word,
                verdict.portfolioNonce,
                verdict.initialRatioBps,
                verdict.maintenanceRatioBps,
                observedAt,
                rules
            );
            if (renewed != 0) {
                _attestations[account] = renewed;
                continue;
            }
            Attestation memory last = PackedAttestation.unpack(word);
            verdict.proofs = last.proofs;
            uint8 reason = _attest(account, last, verdict, rules);
            if (reason != USABLE) _recordSkipped(account, verdict.portfolioNonce, reason, seq);
        }
    }

    /// @dev Keeps the verdict, completed by its ramp, if it can be used; says why not otherwise.
    function _attest(
        uint64 account,
        Attestation memory last,
        Attestation memory verdict,
        RatioRules memory rules
    ) private returns (uint8) {
        bool isSamePortfolio =
            last.observedAt != 0 && last.portfolioNonce == verdict.portfolioNonce;
        if (!isSamePortfolio) {
            if (!accounts.exists(account)) return UNKNOWN_ACCOUNT;
            if (accounts.portfolioNonce(account) != verdict.portfolioNonce) return STALE_PORTFOLIO_NONCE;
        }
        if (verdict.observedAt < last.observedAt) return OLDER_THAN_LAST;
        if (_isOutside(verdict.initialRatioBps, rules)) return OUTSIDE_CORRIDOR;
        if (_isOutside(verdict.maintenanceRatioBps, rules)) return OUTSIDE_CORRIDOR;
        if (verdict.maintenanceRatioBps > verdict.initialRatioBps) return MAINTENANCE_ABOVE_INITIAL;
        // slither-disable-next-line unused-return completes `verdict` in place
        CorridorRatio.succeed(last, verdict, isSamePortfolio, block.timestamp, rules);
        _attestations[account] = PackedAttestation.pack(verdict);
        return USABLE;
    }

    function _isOutside(uint16 ratioBps, RatioRules memory rules) private pure returns (bool) {
        return ratioBps < rules.ratioFloorBps || ratioBps > rules.ratioCapBps;
    }

    function _recordSkipped(uint64 account, uint64 portfolioNonce, uint8 reason, uint64 laneSeq) private {
        bytes memory payload = abi.encode(MarginRowSkipped.selector, account, laneSeq, reason, portfolioNonce);
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit MarginRowSkipped(account, laneSeq, reason, portfolioNonce, seq, runningHash);
    }
}
