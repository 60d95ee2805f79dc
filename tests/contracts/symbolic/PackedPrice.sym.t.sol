// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PackedPrice} from "../../../contracts/libraries/PackedPrice.sol";
import {PriceStanding} from "../../../contracts/libraries/PriceStanding.sol";

/// @notice Proved by halmos for any two words.
contract PackedPriceSymbolic {
    /// @dev The lane's short way asks nothing more, so it may be taken only where the long one would find nothing.
    function check_followsQuietly_OnlyWhereNothingIsAsked(uint256 last, uint256 next) external pure {
        if (!PackedPrice.followsQuietly(last, next)) return;
        assert(PackedPrice.standingOf(last) == PriceStanding.SETTLED);
        (uint64 since, uint64 until) = (PackedPrice.observedAtOf(last), PackedPrice.observedAtOf(next));
        assert(until >= since && until - since <= PriceStanding.LEAST_OUTAGE);
        assert(PackedPrice.surelyCover(last, next));
    }

    /// @dev Funding stands still, and nothing of the new price is touched.
    function check_withFundingOf_ChangesFundingAlone(uint256 last, uint160 fields) external pure {
        uint256 next = uint256(fields) << 96;
        uint256 kept = PackedPrice.withFundingOf(last, next);
        assert(kept >> 96 == fields);
        assert(PackedPrice.fundingIndexOf(kept) == PackedPrice.fundingIndexOf(last));
    }
}
