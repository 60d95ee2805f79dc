// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";

/// @notice The part of the ledger that liquidation and settlement touch, with cash and legs set by the test.
contract LedgerMock {
    address public token;
    uint64 public accountCount;
    uint256 public socialisedTotal;
    uint256 public totalPositiveCash;
    mapping(uint64 account => int256) public cashOf;
    mapping(uint64 account => address) public ownerOf;
    mapping(uint64 account => Leg[]) private _legs;

    constructor(address token_) {
        token = token_;
    }

    function create(address owner) external returns (uint64 account) {
        account = ++accountCount;
        ownerOf[account] = owner;
    }

    function holdsCollateral(uint64) external pure returns (bool) {
        return false;
    }

    function creditOf(uint64 account, int256 cashChange) external view returns (int256, int256) {
        return (cashOf[account] + cashChange, cashOf[account] + cashChange);
    }

    function setCash(uint64 account, int256 cash) external {
        cashOf[account] = cash;
    }

    function addLeg(uint64 account, InstrumentId instrument, int128 quantity) public {
        _legs[account].push(Leg(instrument, quantity));
    }

    function isAuthorised(uint64 account, address who) external view returns (bool) {
        return ownerOf[account] == who;
    }

    function hasLegs(uint64 account) external view returns (bool) {
        return _legs[account].length != 0;
    }

    function legsOf(uint64 account) external view returns (Leg[] memory) {
        return _legs[account];
    }

    function takeOver(uint64 from, uint64 to, uint256 fraction) external {
        Leg[] storage legs = _legs[from];
        for (uint256 left = legs.length; left > 0; --left) {
            uint256 i = left - 1;
            int128 moved = int128(int256(legs[i].quantity) * int256(fraction) / 1e18);
            addLeg(to, legs[i].instrument, moved);
            legs[i].quantity -= moved;
            if (legs[i].quantity != 0) continue;
            legs[i] = legs[legs.length - 1];
            legs.pop();
        }
    }

    function moveLegs(uint64 from, uint64 to, Leg[] calldata moved) external {
        for (uint256 i = 0; i < moved.length; ++i) {
            _take(from, moved[i]);
            addLeg(to, moved[i].instrument, moved[i].quantity);
        }
    }

    function _take(uint64 from, Leg calldata moved) private {
        Leg[] storage legs = _legs[from];
        for (uint256 i = 0; i < legs.length; ++i) {
            if (InstrumentId.unwrap(legs[i].instrument) != InstrumentId.unwrap(moved.instrument)) continue;
            legs[i].quantity -= moved.quantity;
            if (legs[i].quantity != 0) return;
            legs[i] = legs[legs.length - 1];
            legs.pop();
            return;
        }
    }

    function moveCash(uint64 from, uint64 to, uint256 amount, uint8) external {
        cashOf[from] -= int256(amount);
        cashOf[to] += int256(amount);
    }

    function closeExpired(uint64 account, InstrumentId instrument, uint256 payoff)
        external
        returns (int256 change)
    {
        Leg[] storage legs = _legs[account];
        for (uint256 i = 0; i < legs.length; ++i) {
            if (InstrumentId.unwrap(legs[i].instrument) != InstrumentId.unwrap(instrument)) continue;
            change = int256(legs[i].quantity) * int256(payoff) / 1e18;
            legs[i] = legs[legs.length - 1];
            legs.pop();
            cashOf[account] += change;
            return change;
        }
    }

    function socialise(uint64 account) external returns (uint256 loss) {
        loss = uint256(-cashOf[account]);
        socialisedTotal += loss;
        cashOf[account] = 0;
    }
}
