// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice An instrument named by value, so that nothing has to be read from storage to know its terms:
/// underlying (16 bits, the topmost) | expiry (32, unix seconds, 08:00 UTC, 0 for a perpetual)
/// | strike (48, in 1e-6 quote, 0 for a perpetual) | kind (8). Ids sort by underlying, expiry, strike, kind.
type InstrumentId is uint104;

/// @dev Instrument kinds of the wire.
uint8 constant PERPETUAL = 0;
uint8 constant CALL = 1;
uint8 constant PUT = 2;

/// @notice One position of an account: signed quantity in WAD units of the underlying.
struct Leg {
    InstrumentId instrument;
    int128 quantity;
}

using Instruments for InstrumentId global;

/// @title Encoding and decoding of instrument ids
library Instruments {
    /// @notice The id does not name a tradeable form: an option without strike, expiry or on the wrong
    /// hour, a perpetual with either, an unknown kind, underlying 0.
    error MalformedInstrument(uint104 instrument);

    /// @dev A strike is stored in 1e-6 quote; this scales it to WAD.
    uint256 internal constant STRIKE_SCALE = 1e12;

    function encode(uint16 underlying_, uint32 expiry_, uint48 strikeMicros, uint8 kind_)
        internal
        pure
        returns (InstrumentId)
    {
        return InstrumentId.wrap(
            (uint104(underlying_) << 88) | (uint104(expiry_) << 56) | (uint104(strikeMicros) << 8) | kind_
        );
    }

    function underlying(InstrumentId id) internal pure returns (uint16) {
        return uint16(InstrumentId.unwrap(id) >> 88);
    }

    function expiry(InstrumentId id) internal pure returns (uint32) {
        return uint32(InstrumentId.unwrap(id) >> 56);
    }

    /// @notice Strike in WAD quote per unit of underlying.
    function strikeWad(InstrumentId id) internal pure returns (uint256) {
        unchecked {
            return uint256(uint48(InstrumentId.unwrap(id) >> 8)) * STRIKE_SCALE; // 48 bits x 40
        }
    }

    function kind(InstrumentId id) internal pure returns (uint8) {
        return uint8(InstrumentId.unwrap(id));
    }

    function isPerpetual(InstrumentId id) internal pure returns (bool) {
        return kind(id) == PERPETUAL;
    }

    /// @notice Reverts unless the id has one of the two tradeable forms.
    function requireWellFormed(InstrumentId id) internal pure {
        uint104 raw = InstrumentId.unwrap(id);
        bool terms = uint88(raw) >> 8 != 0;
        bool ok = underlying(id) != 0
            && (kind(id) == PERPETUAL
                    ? !terms
                    : kind(id) <= PUT && strikeWad(id) != 0 && expiry(id) != 0
                    && expiry(id) % 1 days == 8 hours);
        if (!ok) revert MalformedInstrument(raw);
    }
}
