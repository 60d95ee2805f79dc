// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev Lanes of signed data. Prices, surfaces and margins are published to `SignedLanes`, state to `StateLane`,
/// policy to `PolicyLane`; each of the three contracts has its own EIP-712 domain and configuration digest.
uint8 constant LANE_PRICES = 0;
uint8 constant LANE_SURFACES = 1;
uint8 constant LANE_STATE = 2;
uint8 constant LANE_POLICY = 3;
uint8 constant LANE_MARGINS = 4;
uint8 constant LANE_MARGIN_ROOTS = 5;

/// @dev Scale of the surface parameters and of the basis: 1e12 leaves seven digits for the total
/// variance of a one-hour option at 50% volatility (2.9e-5).
int256 constant SURFACE_SCALE = 1e12;

/// @notice What every signed message begins with.
/// @param configDigest `ISignedLanes.configDigest()` at signing: chain, contract, epoch, signers, threshold, parameters
/// @param lane the lane this message is for
/// @param seq last accepted sequence number of the lane plus one
/// @param observedAt unix seconds of the oldest accepted source
/// @param validUntil unix seconds after which the message may not be accepted
/// @param snapshot keccak-256 of the evidence bundle's canonical JSON
/// @param model keccak-256 of the model's canonical description
struct Header {
    bytes32 configDigest;
    uint8 lane;
    uint64 seq;
    uint64 observedAt;
    uint64 validUntil;
    bytes32 snapshot;
    bytes32 model;
}

/// @notice Price of one underlying, WAD quote, with the half-width of its interval.
struct PriceRow {
    uint16 underlying;
    uint96 price;
    uint96 confidence;
}

/// @notice One expiry's surface: forward = index * (1 + basis); SVI raw total variance
/// w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), k = ln(strike / forward). All in 1e-12.
struct SurfaceRow {
    uint16 underlying;
    uint32 expiry;
    int64 basis;
    int64 a;
    int64 b;
    int64 rho;
    int64 m;
    int64 sigma;
}

/// @notice The quorum's verdict on one account, valid for one portfolio only.
/// @param portfolioNonce the portfolio this row was computed for; any other nonce voids the row
/// @param initialRatioBps initial requirement as a ratio of the contract's own requirement
/// @param maintenanceRatioBps the same for maintenance, at most initialRatioBps
/// @param valueAtRisk, expectedShortfall WAD money, for the record
struct MarginRow {
    uint64 account;
    uint64 portfolioNonce;
    uint16 initialRatioBps;
    uint16 maintenanceRatioBps;
    uint96 valueAtRisk;
    uint96 expectedShortfall;
}

/// @dev Kinds of state rows, in the order of a round.
uint8 constant STATE_LOADING = 0;
uint8 constant STATE_PREMIUM = 1;
uint8 constant STATE_BORROW_PREMIUM = 2;

/// @notice One value of the market state, WAD. A round holds every loading of the covariance by rows of the lower
/// triangle (`index` row, `column` column), then every underlying's perpetual premium over index (`index` underlying,
/// `column` 0), then the yearly borrow premium (both 0).
struct StateRow {
    uint8 kind;
    uint16 index;
    uint16 column;
    int64 value;
}

/// @notice k-of-n signatures: bit i of `signerBitmap` set means signer i signed; the signatures follow in
/// ascending signer order, each as (r, yParityAndS) per ERC-2098.
struct QuorumSignature {
    uint256 signerBitmap;
    bytes signatures;
}
