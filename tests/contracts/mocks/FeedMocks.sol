// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PythPrice} from "../../../contracts/oracle/sources/PythSource.sol";

/// @dev A Chainlink-style proxy and its aggregator in one, every word set by hand.
contract HandFeed {
    uint8 public decimals;
    int192 public minAnswer;
    int192 public maxAnswer;
    uint256[5] private _round;

    constructor(uint8 decimals_, int192 least, int192 most) {
        (decimals, minAnswer, maxAnswer) = (decimals_, least, most);
        _round[0] = 1;
    }

    /// @dev A complete round, answered when it started.
    function set(int256 answer, uint256 updatedAt) external {
        uint256 round = _round[0] + 1;
        _round = [round, uint256(answer), updatedAt, updatedAt, round];
    }

    /// @dev Any five words, whatever their types say.
    function setWords(uint256[5] memory words) public {
        _round = words;
    }

    function setLimits(int192 least, int192 most) external {
        (minAnswer, maxAnswer) = (least, most);
    }

    function aggregator() external view returns (address) {
        return address(this);
    }

    function latestRoundData() external view returns (uint256, uint256, uint256, uint256, uint256) {
        return (_round[0], _round[1], _round[2], _round[3], _round[4]);
    }
}

/// @dev A Pyth-style contract of one price, every word set by hand.
contract HandPyth {
    uint256[4] private _words;

    function set(PythPrice memory price) external {
        setWords(
            [
                uint256(int256(price.price)),
                uint256(price.conf),
                uint256(int256(price.expo)),
                price.publishTime
            ]
        );
    }

    function setWords(uint256[4] memory words) public {
        _words = words;
    }

    function getPriceUnsafe(bytes32) external view returns (uint256, uint256, uint256, uint256) {
        return (_words[0], _words[1], _words[2], _words[3]);
    }
}

/// @dev Answers any call in the way chosen: the ways in which a source can fail its reader.
contract HostileContract {
    enum Way {
        REVERTS,
        REVERTS_WITH_A_MEGABYTE,
        BURNS_ALL_GAS,
        RETURNS_A_MEGABYTE,
        RETURNS_NOTHING,
        RETURNS_ONE_BYTE_SHORT,
        RETURNS_ONES,
        INVALID_OPCODE
    }

    Way public way;

    function choose(Way way_) external {
        way = way_;
    }

    fallback() external {
        Way chosen = way;
        if (chosen == Way.REVERTS) revert("no");
        if (chosen == Way.BURNS_ALL_GAS) {
            while (true) chosen = way;
        }
        if (chosen == Way.INVALID_OPCODE) {
            assembly { invalid() }
        }
        uint256 size = chosen == Way.RETURNS_NOTHING ? 0 : chosen == Way.RETURNS_ONE_BYTE_SHORT ? 31 : 1 << 20;
        if (chosen == Way.RETURNS_ONES) {
            assembly {
                for { let i := 0 } lt(i, 8) { i := add(i, 1) } { mstore(shl(5, i), not(0)) }
                return(0, 256)
            }
        }
        if (chosen == Way.REVERTS_WITH_A_MEGABYTE) {
            assembly { revert(0, size) }
        }
        assembly { return(0, size) }
    }
}

/// @dev An `IPriceSource` that says what it was told.
contract HandSource {
    uint256 private _price;
    uint256 private _confidence;
    uint256 private _observedAt;

    function set(uint256 price, uint256 confidence, uint256 observedAt) external {
        (_price, _confidence, _observedAt) = (price, confidence, observedAt);
    }

    function read() external view returns (uint256, uint256, uint256) {
        return (_price, _confidence, _observedAt);
    }
}
