// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    Header,
    LANE_MARGINS,
    LANE_PRICES,
    LANE_SURFACES,
    MarginRow,
    PriceRow,
    QuorumSignature,
    SurfaceRow
} from "../../contracts/types/Wire.sol";
import {RoundRows} from "../../contracts/libraries/RoundRows.sol";
import {PriceStanding} from "../../contracts/libraries/PriceStanding.sol";
import {SignedPrice} from "../../contracts/types/Prices.sol";
import {System} from "./System.sol";

/// @notice Signs and publishes rounds with two of the three keys.
abstract contract SystemRounds is System {
    /// @dev Of the total variance at the money, half is in a and half in b sigma.
    int256 private constant SVI_SIGMA = 0.2e12;

    function header(uint8 lane) internal view returns (Header memory) {
        return Header({
            configDigest: lanes.configDigest(),
            lane: lane,
            seq: lanes.lastSequence(lane) + 1,
            observedAt: uint64(block.timestamp),
            validUntil: uint64(block.timestamp + 60),
            snapshot: keccak256("snapshot"),
            model: keccak256("model")
        });
    }

    /// @dev Signers 0 and 2 sign.
    function sign(Header memory head, bytes32 rowsHash) internal view returns (QuorumSignature memory) {
        bytes32 digest = lanes.roundDigest(head, rowsHash);
        (bytes32 r0, bytes32 vs0) = vm.signCompact(signerKeys[0], digest);
        (bytes32 r2, bytes32 vs2) = vm.signCompact(signerKeys[2], digest);
        return QuorumSignature(5, abi.encodePacked(r0, vs0, r2, vs2));
    }

    /// @notice Publishes both prices, WAD, with a confidence of `confidenceBps`; as the last of three rounds of the last two
    /// seconds where one alone would wait for confirmation.
    function publishPrices(uint256 bitcoinPrice, uint256 etherPrice, uint256 confidenceBps)
        internal
        returns (uint64 rounds)
    {
        bool settled = _standsAlone(BTC, bitcoinPrice, confidenceBps)
            && _standsAlone(ETH, etherPrice, confidenceBps);
        rounds = settled ? 1 : 3;
        for (uint64 left = rounds; left > 0; --left) {
            publishPricesOnce(bitcoinPrice, etherPrice, confidenceBps, left - 1);
        }
    }

    /// @notice Both prices all through the half hour before `expiry`, the last of them a minute before it.
    function publishWindow(uint32 expiry, uint256 bitcoinPrice, uint256 etherPrice)
        internal
        returns (uint64 rounds)
    {
        for (uint256 quarter; quarter < 3; ++quarter) {
            vm.warp(expiry - 31 minutes + quarter * 15 minutes);
            rounds += publishPrices(bitcoinPrice, etherPrice, 10);
        }
    }

    /// @notice One round, observed `behind` seconds ago.
    function publishPricesOnce(uint256 bitcoinPrice, uint256 etherPrice, uint256 confidenceBps, uint64 behind)
        internal
    {
        PriceRow[] memory rows = new PriceRow[](2);
        rows[0] = PriceRow(BTC, uint96(bitcoinPrice), uint96(bitcoinPrice * confidenceBps / 10_000));
        rows[1] = PriceRow(ETH, uint96(etherPrice), uint96(etherPrice * confidenceBps / 10_000));
        Header memory head = header(LANE_PRICES);
        head.observedAt -= behind;
        bytes memory packed = RoundRows.pack(rows);
        lanes.publishPrices(head, packed, sign(head, keccak256(packed)));
    }

    /// @dev Whether one round counts at once, or nothing could be observed between the last one and now.
    function _standsAlone(uint16 underlying, uint256 price, uint256 confidenceBps)
        private
        view
        returns (bool)
    {
        SignedPrice memory last = lanes.signedPrice(underlying);
        uint256 silence = block.timestamp - last.observedAt;
        if (last.observedAt == 0 || silence < 3) return true;
        if (last.beforeObservedAt != 0 || last.isRestarting) return false;
        if (silence > parameters.laneLimits().haltAge) return false;
        uint256 confidences = last.confidence + price * confidenceBps / 10_000;
        uint256 volatility = parameters.underlyingConfig(underlying).ageVolatility;
        return PriceStanding.explains(last.price, price, confidences, silence, volatility);
    }

    /// @notice Publishes one at-the-money volatility (WAD) for every expiry that has not passed.
    function publishSurfaces(uint256 volatility) internal {
        uint32[2] memory expiries = [NEAR, FAR];
        uint256 alive;
        for (uint256 i = 0; i < 2; ++i) {
            if (expiries[i] > block.timestamp) ++alive;
        }
        SurfaceRow[] memory rows = new SurfaceRow[](2 * alive);
        uint256 place;
        for (uint16 underlying = BTC; underlying <= ETH; ++underlying) {
            for (uint256 i = 2 - alive; i < 2; ++i) {
                rows[place++] = surfaceRow(underlying, expiries[i], volatility);
            }
        }
        if (alive == 0) return;
        Header memory head = header(LANE_SURFACES);
        bytes memory packed = RoundRows.pack(rows);
        lanes.publishSurfaces(head, packed, sign(head, keccak256(packed)));
    }

    function publishMargin(MarginRow memory row) internal {
        Header memory head = header(LANE_MARGINS);
        bytes memory packed = RoundRows.pack(row);
        lanes.publishMargins(head, packed, sign(head, keccak256(packed)));
    }

    /// @notice A smile around a volatility, skewed to puts, flat basis.
    function surfaceRow(uint16 underlying, uint32 expiry, uint256 volatility)
        internal
        view
        returns (SurfaceRow memory)
    {
        uint256 yearsWad = (expiry - block.timestamp) * 1e18 / 365 days;
        int256 variance = int256(volatility * volatility / 1e18 * yearsWad / 1e18 / 1e6);
        int256 half = variance / 2 + 1;
        return SurfaceRow({
            underlying: underlying,
            expiry: expiry,
            basis: 0,
            a: int64(half),
            b: int64(half * 1e12 / SVI_SIGMA),
            rho: -0.3e12,
            m: 0,
            sigma: int64(SVI_SIGMA)
        });
    }
}
