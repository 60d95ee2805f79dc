// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IPayouts} from "../interfaces/IPayouts.sol";
import {OutflowLimit} from "../types/Collateral.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";

/// @title Net outflow of each vault, forgotten over a window
/// @notice What was counted at the last change shrinks by (time since) / window of itself, so touching it often only slows
/// forgetting. At most limit / window is forgotten a second.
abstract contract OutflowRate is IPayouts, SettingsAnnex {
    uint256 private constant BPS = 10_000;
    /// @dev More than any token's supply that counts; keeps sums of two inside int192.
    uint256 private constant MOST = 1 << 190;

    struct Flow {
        int192 net;
        uint64 updatedAt;
    }

    OutflowLimit private _limit;
    mapping(address vault => mapping(address token => Flow)) private _flows;

    /// @inheritdoc IPayouts
    function setOutflowLimit(OutflowLimit calldata limit) external restricted {
        // an hour leaves time to react, a week is the longest a withdrawal may be stretched
        _requireWithin("windowSeconds", limit.windowSeconds, 1 hours, 7 days);
        // a percent: everyone gets out in a hundred windows at worst; all of it is no limit
        _requireWithin("limitBps", limit.limitBps, 100, BPS);
        _limit = limit;
        _noteSettings();
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(OutflowLimitSet.selector, limit.windowSeconds, limit.limitBps)));
        emit OutflowLimitSet(limit.windowSeconds, limit.limitBps, seq, hash);
    }

    /// @inheritdoc IPayouts
    function outflowLimit() external view returns (OutflowLimit memory) {
        return _limit;
    }

    /// @inheritdoc IPayouts
    function netOutflow(address vault, address token) external view returns (int256) {
        return _remembered(_flows[vault][token], _limit.windowSeconds);
    }

    function settingsDigest() public view override(IPayouts, SettingsAnnex) returns (bytes32) {
        return keccak256(abi.encode(_limit));
    }

    function _noteIn(address vault, address token, uint256 amount) internal {
        uint256 window = _limit.windowSeconds;
        if (window == 0) return;
        int256 net = _remembered(_flows[vault][token], window);
        int256 change = -int256(FixedPointMathLib.min(amount, MOST));
        _note(vault, token, change, FixedPointMathLib.max(net + change, -int256(MOST)));
    }

    /// @param held token units of the vault before the outflow
    function _noteOut(address vault, address token, uint256 amount, uint256 held) internal {
        OutflowLimit memory rate = _limit;
        if (rate.windowSeconds == 0) return;
        if (amount > MOST || held > MOST) revert OutflowAboveLimit(vault, token, int256(MOST), 0);
        int256 before = _remembered(_flows[vault][token], rate.windowSeconds);
        // What left within the window was held at its beginning.
        uint256 base = before > 0 ? held + uint256(before) : held;
        int256 most = int256(base * rate.limitBps / BPS);
        int256 net = FixedPointMathLib.max(before, -most) + int256(amount);
        if (net > most) revert OutflowAboveLimit(vault, token, net, uint256(most));
        _note(vault, token, int256(amount), net);
    }

    function _note(address vault, address token, int256 change, int256 net) private {
        _flows[vault][token] = Flow(int192(net), uint64(block.timestamp));
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(FlowNoted.selector, vault, token, change, net)));
        emit FlowNoted(vault, token, change, net, seq, hash);
    }

    /// @dev Toward zero in favour of the limit: outflow is remembered rounded up, inflow rounded down.
    function _remembered(Flow memory flow, uint256 window) private view returns (int256 net) {
        uint256 elapsed = block.timestamp - flow.updatedAt;
        if (elapsed >= window) return 0;
        int256 forgotten = int256(flow.net) * int256(elapsed);
        net = int256(flow.net) - forgotten / int256(window);
        // slither-disable-next-line weak-prng a remainder that decides rounding, nothing random
        if (net < 0 && forgotten % int256(window) != 0) ++net;
    }
}
