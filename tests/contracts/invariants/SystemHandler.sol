// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {SystemMarket} from "../SystemMarket.sol";
import {TrailVerifier} from "./TrailVerifier.sol";

/// @notice The world of the invariants: the system, six people, seven instruments, and the log verifier.
abstract contract SystemHandler is SystemMarket {
    uint256 internal constant PEOPLE = 6;

    TrailVerifier public verifier;
    uint64[] internal people;
    uint64 internal whale;
    InstrumentId[] internal instruments;
    address[] internal emitters;
    uint256[2] internal prices = [uint256(20_000e18), 1500e18];

    /// @dev Rounds accepted per lane, counted here.
    mapping(uint8 lane => uint64) public rounds;

    constructor() {
        verifier = new TrailVerifier();
        vm.recordLogs();
        deploySystem();
        emitters = [
            address(accounts),
            address(lanes),
            address(trades),
            address(liquidation),
            address(fund),
            address(settlement),
            address(parameters)
        ];
        for (uint256 i = 0; i < emitters.length; ++i) {
            verifier.audit(emitters[i]);
        }
        _populate();
        verifier.follow(vm.getRecordedLogs());
    }

    /// @dev Every action's logs are checked; an action that reverts leaves neither logs nor ghosts.
    modifier audited() {
        vm.recordLogs();
        _;
        verifier.follow(vm.getRecordedLogs());
    }

    function _populate() private {
        instruments = [
            perpetual(BTC),
            perpetual(ETH),
            call(BTC, NEAR, 20_000),
            put(BTC, NEAR, 19_000),
            call(BTC, FAR, 24_000),
            put(ETH, FAR, 1400),
            call(ETH, NEAR, 1600)
        ];
        refresh(0.7e18);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            people.push(open(string.concat("person ", vm.toString(i)), 50_000e6));
        }
        whale = open("whale", 1e16);
        contribute(2000e6);
    }

    /// @dev Publishes the prices in force and a volatility.
    function refresh(uint256 volatility) internal {
        rounds[0] += publishPrices(prices[0], prices[1], 20);
        if (block.timestamp >= FAR) return;
        publishSurfaces(volatility);
        ++rounds[1];
    }

    function person(uint256 seed) internal view returns (uint64) {
        return people[seed % PEOPLE];
    }

    function system()
        external
        view
        returns (
            address accounts_,
            address engine_,
            address lanes_,
            address liquidation_,
            address settlement_,
            address token_
        )
    {
        return (
            address(accounts),
            address(engine),
            address(lanes),
            address(liquidation),
            address(settlement),
            address(token)
        );
    }

    function allEmitters() external view returns (address[] memory) {
        return emitters;
    }

    function allInstruments() external view returns (InstrumentId[] memory) {
        return instruments;
    }
}
