// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPriceSource} from "../../interfaces/IPriceSource.sol";
import {BoundedCall} from "../../libraries/BoundedCall.sol";

/// @notice A Pyth-style price: price x 10^expo, with the half-width of its confidence interval in the same unit.
struct PythPrice {
    int64 price;
    uint64 conf;
    int32 expo;
    uint256 publishTime;
}

/// @notice The part of a Pyth-style contract that is read.
interface IPyth {
    function getPriceUnsafe(bytes32 id) external view returns (PythPrice memory);
}

/// @title A Pyth-style feed as a price source
/// @notice No answer: a revert or garbage; a price of 0 or less; a confidence above its cap; a publish time in the future
/// or older than `longestAge`; an exponent outside [-30, 12].
contract PythSource is IPriceSource {
    error OutOfRange(bytes32 what, uint256 value, uint256 least, uint256 most);
    error NoContract(address pyth);

    uint256 private constant FEED_GAS = 100_000;
    uint256 private constant ONE_BPS = 10_000;
    int256 private constant LEAST_EXPONENT = -30;
    int256 private constant MOST_EXPONENT = 12;
    int256 private constant WAD_EXPONENT = 18;

    address public immutable pyth;
    bytes32 public immutable id;
    uint32 public immutable longestAge;
    uint16 public immutable confidenceCapBps;

    /// @param confidenceCapBps_ largest confidence as a share of the price
    constructor(address pyth_, bytes32 id_, uint32 longestAge_, uint16 confidenceCapBps_) {
        if (longestAge_ == 0 || longestAge_ > 1 days) {
            revert OutOfRange("longestAge", longestAge_, 1, 1 days);
        }
        if (confidenceCapBps_ == 0 || confidenceCapBps_ > 1_000) {
            revert OutOfRange("confidenceCapBps", confidenceCapBps_, 1, 1_000);
        }
        if (pyth_.code.length == 0) revert NoContract(pyth_);
        (pyth, id, longestAge, confidenceCapBps) = (pyth_, id_, longestAge_, confidenceCapBps_);
    }

    /// @inheritdoc IPriceSource
    function read() external view returns (uint256 price, uint256 confidence, uint256 observedAt) {
        (bool ok, uint256[] memory words) =
            BoundedCall.read(pyth, abi.encodeCall(IPyth.getPriceUnsafe, (id)), FEED_GAS, 4);
        if (!ok || !_isUsable(words)) return (0, 0, 0);
        (bool fits, uint256 scaled) = _toWad(words[0], int256(words[2]));
        if (!fits || scaled == 0) return (0, 0, 0);
        (fits, confidence) = _toWad(words[1], int256(words[2]));
        // two units for what scaling may have cut off
        return fits ? (scaled, confidence + 2, words[3]) : (0, 0, 0);
    }

    /// @dev Each word in the range of its type, and price, confidence, exponent and time acceptable.
    function _isUsable(uint256[] memory words) private view returns (bool) {
        int256 exponent = int256(words[2]);
        if (words[0] == 0 || words[0] > uint256(int256(type(int64).max))) return false;
        if (words[1] > type(uint64).max || words[1] * ONE_BPS > words[0] * confidenceCapBps) return false;
        if (exponent < LEAST_EXPONENT || exponent > MOST_EXPONENT) return false;
        return words[3] <= block.timestamp && block.timestamp - words[3] <= longestAge;
    }

    /// @dev Rounded down. 64 bits x 10^30 fit.
    function _toWad(uint256 value, int256 exponent) private pure returns (bool, uint256) {
        int256 shift = exponent + WAD_EXPONENT;
        if (shift < 0) return (true, value / 10 ** uint256(-shift));
        uint256 scaled = value * 10 ** uint256(shift);
        return (scaled <= type(uint96).max, scaled);
    }
}
