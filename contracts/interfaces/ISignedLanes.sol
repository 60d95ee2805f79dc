// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Attestation} from "../types/Attestation.sol";
import {Header, MarginRow, QuorumSignature, SurfaceRow} from "../types/Wire.sol";
import {PriceInterval} from "../types/Margin.sol";
import {SignedPrice} from "../types/Prices.sol";

/// @title The lanes on which a k-of-n quorum publishes prices, surfaces and margins
/// @notice Anyone may submit a signed round; what counts is the signatures. A round is accepted when its
/// configuration digest is the current one, its sequence number is the lane's last plus one, it was not observed in
/// the future nor any of its rows before the one it replaces, it has not expired, its rows ascend strictly, and k listed
/// signers signed it. Assumption for safety: fewer than k signers collude; beyond that the box of
/// `LaneLimits` and the corridor bound the harm. Assumption for liveness: k signers and one submitter are up.
/// The signed digest is EIP-712: domain ("Tailguard", "1", chain id, this contract), struct
/// `Round(Header header,bytes32 rowsHash)Header(...)` with rowsHash = keccak256(rows), the rows packed as
/// `RoundRows` says. `RoundAccepted` commits to every row; each lane's events have their own trail, see `laneTrail`.
interface ISignedLanes {
    error WrongConfigDigest(bytes32 given, bytes32 expected);
    error WrongLane(uint8 given, uint8 expected);
    error WrongSequence(uint64 given, uint64 expected);
    error ObservedBackwards(uint64 given, uint64 last);
    error ObservedInFuture(uint64 observedAt, uint256 blockTime);
    error RoundExpired(uint64 validUntil, uint256 blockTime);
    error ValidityTooLong(uint64 timeToLive, uint32 longest);
    error RowsNotAscending(uint256 index);
    error EmptyRound();
    error MalformedRows(uint256 length, uint256 rowLength);
    error TooFewSigners(uint256 given, uint8 threshold);
    error UnknownSigner(uint256 index);
    error WrongSignature(uint256 index, address recovered, address expected);
    error MalformedSignatures(uint256 length, uint256 expected);
    error InvalidSignerSet(uint256 count, uint8 threshold);
    error DuplicateSigner(address signer);
    error NotASigner(address signer);
    error PriceOutOfBounds(uint16 underlying, uint96 price, uint96 confidence);
    error SurfaceOutOfBounds(uint16 underlying, uint32 expiry, int256 value, int256 least, int256 most);
    error PathTooLong(uint256 length, uint256 longest);
    error NotInNewestRoot(uint64 account, bytes32 root);
    /// @param reason as in `MarginRowSkipped`
    error MarginRowRefused(uint64 account, uint8 reason);
    /// @param point 0 at the money, 1 left wing, 2 right wing; all in basis points of volatility
    error VolatilityMovedTooFar(
        uint16 underlying, uint32 expiry, uint256 point, uint256 value, uint256 least, uint256 most
    );
    error VolatilityFarFromReference(
        uint16 underlying, uint32 expiry, uint256 value, uint256 least, uint256 most
    );
    error NoPrice(uint16 underlying);
    error SettlementNotDue(uint32 expiry, uint256 earliest);
    error SettlementWindowHasGap(uint16 underlying, uint32 expiry);
    error SettlementAlreadyFixed(uint16 underlying, uint32 expiry, uint96 price);
    error NoSurface(uint16 underlying, uint32 expiry);

    /// @dev The lane's trail: `seq` is the lane's sequence number.
    event RoundAccepted(
        uint8 indexed lane,
        bytes32 snapshot,
        bytes32 model,
        uint64 observedAt,
        uint256 signerBitmap,
        bytes32 rowsHash,
        uint64 seq,
        bytes24 runningHash
    );
    /// @notice The rows of a round that a contract published, else they are in calldata; they hash to its `rowsHash`.
    event RowsLogged(uint8 indexed lane, uint64 indexed laneSeq, bytes rows);
    /// @param reason 1 unknown account, 2 stale portfolio nonce, 3 ratio outside the corridor, 4 maintenance above initial,
    /// 5 observed before the account's last attestation
    event MarginRowSkipped(
        uint64 indexed account,
        uint64 indexed laneSeq,
        uint8 reason,
        uint64 portfolioNonce,
        uint64 seq,
        bytes24 runningHash
    );
    /// @notice A verdict was taken up by a proof; it belongs to no trail: `attestation` counts the account's proofs.
    /// @param attestation what is kept, packed as `PackedAttestation` says
    event MarginProven(uint64 indexed account, uint64 indexed laneSeq, uint256 attestation);
    event SignerListed(
        uint32 indexed epoch,
        uint8 indexed index,
        address signer,
        uint8 count,
        uint8 threshold,
        uint64 seq,
        bytes24 runningHash
    );
    event SettlementPriceFixed(
        uint16 indexed underlying, uint32 indexed expiry, uint96 price, uint64 seq, bytes24 runningHash
    );

    /// @param rows packed, see `RoundRows`
    function publishPrices(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external;
    function publishSurfaces(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external;
    function publishMargins(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external;

    /// @notice A round of lane 5: its rows' hash is the root of a tree of margin rows, see `MarginTree`. Of any size; the
    /// newest root alone can be proven against.
    function publishMarginRoot(Header calldata header, bytes32 root, QuorumSignature calldata quorum) external;
    /// @notice Takes up one row of the newest root; anyone may. Reverts where a row of lane 4 would be skipped, and for an
    /// account attested since the root was observed.
    /// @param seq, observedAt the root's
    /// @param path siblings from the leaf up
    function proveMargin(uint64 seq, uint64 observedAt, MarginRow calldata row, bytes32[] calldata path)
        external;

    /// @notice Replaces the signer set and increments the epoch; every signature made before is void.
    function setSigners(address[] calldata signers, uint8 threshold) external;
    /// @notice Strikes one signer off while at least `threshold` others remain; the order of the rest stays.
    function revokeSigner(address signer) external;

    /// @notice keccak256(abi.encode(chain id, this, epoch, signers, threshold, parametersDigest)).
    function configDigest() external view returns (bytes32);
    /// @notice The digest a signer signs for a header and the hash of its rows.
    function roundDigest(Header calldata header, bytes32 rowsHash) external view returns (bytes32);
    function epoch() external view returns (uint32);
    function threshold() external view returns (uint8);
    function signers() external view returns (address[] memory);
    function lastSequence(uint8 lane) external view returns (uint64);
    /// @notice Number and running hash of the lane's last `RoundAccepted`.
    function laneTrail(uint8 lane) external view returns (uint64 seq, bytes24 runningHash);

    /// @notice [price - w, price + w] with w = confidence (kept in millionths of the price, rounded up) + price x ageVolatility x sqrt(age in years), low rounded
    /// down, high rounded up, low at least 0. Reverts when there has been no price. Freshness is the caller's to judge.
    function priceInterval(uint16 underlying) external view returns (PriceInterval memory);
    /// @notice The last price and what decides whether it counts alone, see `IPriceIntervals`; never reverts.
    function signedPrice(uint16 underlying) external view returns (SignedPrice memory);
    /// @notice The last surface of an expiry and when it was observed; reverts when there has been none.
    function surface(uint16 underlying, uint32 expiry)
        external
        view
        returns (SurfaceRow memory row, uint64 observedAt);
    /// @notice The same as it is stored, 64 bits each from the lowest: basis, a, b, rho; m, sigma, observedAt, slow reference. Both zero if
    /// there has been none.
    function storedSvi(uint16 underlying, uint32 expiry) external view returns (uint256 first, uint256 second);
    /// @notice The last accepted verdict on an account, all zero if none.
    function attestation(uint64 account) external view returns (Attestation memory);
    /// @notice Slow average of an expiry's volatility at the money, in 1e-4 of a basis point; 0 before the first surface.
    function volatilityReference(uint16 underlying, uint32 expiry) external view returns (uint64);
    /// @notice Funding accrued per unit of perpetual since listing, WAD quote; longs pay the increase.
    function fundingIndex(uint16 underlying) external view returns (int256);
    /// @notice Fixes the average of the 30 minutes before an expiry, 15 minutes after it. Anyone may; the first round observed at or
    /// after the expiry does it too. Reverts where two observations that the window needs are more than 15 minutes apart.
    function fixSettlementPrice(uint16 underlying, uint32 expiry) external;
    /// @notice Restricted to `SettlementFallback`, for windows with a gap; never changes a price.
    function setSettlementPrice(uint16 underlying, uint32 expiry, uint96 price) external;
    /// @notice Of the 30 minutes before `expiry` the seconds that are over, and the sum of price x seconds (WAD) in them, the last price
    /// held until now. Both 0 where none is over or there is a gap; all 1,800 stand after the expiry until the next window.
    function settlementAccrued(uint16 underlying, uint32 expiry)
        external
        view
        returns (uint256 coveredSeconds, uint256 weightedPrice);
    /// @notice Time-weighted price over the 30 minutes before `expiry`, WAD, rounded down; 0 until it is fixed.
    function settlementPrice(uint16 underlying, uint32 expiry) external view returns (uint96);
}
