// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Mode} from "../types/Margin.sol";

/// @notice What someone may want to do to the system. A trade is reducing if it passes as one for both sides.
enum Action {
    DEPOSIT,
    WITHDRAW,
    WITHDRAW_COLLATERAL,
    OPEN_TRADE,
    REDUCING_TRADE,
    START_LIQUIDATION,
    RAISE_WITNESS,
    BID,
    END_LIQUIDATION,
    SETTLE_EXPIRY,
    CLAIM_PAYOUT,
    PUBLISH
}

/// @title The table of what is allowed in which mode
/// @notice
/// | action                                  | NORMAL | REDUCE_ONLY | HALTED |
/// |-----------------------------------------|--------|-------------|--------|
/// | deposit, settle, publish, claim         |  yes   |     yes     |  yes   |
/// | reducing trade, start, raise, bid, end  |  yes   |     yes     |   no   |
/// | withdraw cash or collateral, open trade |  yes   |     no      |   no   |
/// What is allowed in every mode asks for none, so that no module can stop it; the others ask here. A pause makes the mode
/// REDUCE_ONLY at best and so can neither stop a deposit nor a liquidation.
library Modes {
    /// @dev Allowed while nobody vouches for a price: money in, fixed prices out, and what ends that state.
    uint256 private constant ALWAYS = (1 << uint8(Action.DEPOSIT)) | (1 << uint8(Action.SETTLE_EXPIRY))
        | (1 << uint8(Action.CLAIM_PAYOUT)) | (1 << uint8(Action.PUBLISH));
    uint256 private constant UNLESS_HALTED = ALWAYS | (1 << uint8(Action.REDUCING_TRADE))
        | (1 << uint8(Action.START_LIQUIDATION)) | (1 << uint8(Action.RAISE_WITNESS))
        | (1 << uint8(Action.BID)) | (1 << uint8(Action.END_LIQUIDATION));

    function allows(Mode mode, Action action) internal pure returns (bool) {
        if (mode == Mode.NORMAL) return true;
        uint256 allowed = mode == Mode.HALTED ? ALWAYS : UNLESS_HALTED;
        return (allowed >> uint8(action)) & 1 == 1;
    }
}
