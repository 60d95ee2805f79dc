// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarketState} from "contracts/interfaces/IMarketState.sol";
import {StateLimits} from "contracts/interfaces/IStateLane.sol";
import {StateLane} from "contracts/parameters/StateLane.sol";
import {StateRows} from "contracts/libraries/StateRows.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "../oracle/LanesFixture.sol";

/// @notice The state lane beside the signed lanes, alone in the role that sets the market state.
abstract contract StateFixture is LanesFixture {
    uint64 internal constant STATE_ROLE = 9;
    uint256 internal constant LOADINGS = 10;

    StateLane internal state;

    function setUp() public virtual override {
        super.setUp();
        state = new StateLane(address(manager), lanes, parameters);
        bytes4[] memory setters = new bytes4[](3);
        setters[0] = IMarketState.updateCovariance.selector;
        setters[1] = IMarketState.setPerpetualState.selector;
        setters[2] = IMarketState.setBorrowPremium.selector;
        manager.setTargetFunctionRole(address(parameters), setters, STATE_ROLE);
        manager.grantRole(STATE_ROLE, address(state), 0);
        state.setStateLimits(_limits());
        PriceRow[] memory rows = new PriceRow[](2);
        rows[0] = PriceRow(1, SPOT, 0);
        rows[1] = PriceRow(2, 3_000e18, 0);
        _publish(rows);
    }

    function _limits() internal pure returns (StateLimits memory) {
        return StateLimits({
            leastSpotDeviation: 0.02e18,
            mostSpotDeviation: 0.3e18,
            leastVolatilityDeviation: 0.03e18,
            mostVolatilityDeviation: 0.6e18,
            deviationSpeed: 0.1e18,
            correlationSpeed: 0.2e18,
            dailyLoosening: 0.5e18,
            weeklyLoosening: 1e18,
            mostPremium: 0.02e18,
            mostFundingRate: 2e18,
            mostBorrowPremium: 0.3e18,
            borrowPremiumSpeed: 0.02e18,
            premiumAverageSeconds: 2 hours,
            fundingPeriodSeconds: 8 hours,
            fundingLifeSeconds: 1 days,
            mostElapsedSeconds: 1 hours
        });
    }

    /// @dev The covariance in force with every loading times numerator / denominator, these premiums.
    function _stateRows(uint256 numerator, uint256 denominator, int64 premium, int64 borrow)
        internal
        view
        returns (StateRow[] memory)
    {
        int256[] memory loadings = parameters.loadings();
        for (uint256 index; index < loadings.length; ++index) {
            loadings[index] = loadings[index] * int256(numerator) / int256(denominator);
        }
        return _stateRowsOf(loadings, premium, borrow);
    }

    function _stateRowsOf(int256[] memory loadings, int64 premium, int64 borrow)
        internal
        view
        returns (StateRow[] memory rows)
    {
        uint16 underlyings = parameters.underlyingCount();
        rows = new StateRow[](loadings.length + underlyings + 1);
        uint256 place;
        for (uint16 row; row < 2 * underlyings; ++row) {
            for (uint16 column; column <= row; ++column) {
                rows[place] = StateRow(STATE_LOADING, row, column, int64(loadings[place]));
                ++place;
            }
        }
        for (uint16 underlying = 1; underlying <= underlyings; ++underlying) {
            rows[place++] = StateRow(STATE_PREMIUM, underlying, 0, premium);
        }
        rows[place] = StateRow(STATE_BORROW_PREMIUM, 0, 0, borrow);
    }

    function _sameState() internal view returns (StateRow[] memory) {
        return _stateRowsOf(parameters.loadings(), 0, 0);
    }

    function _stateHeader() internal view returns (Header memory header) {
        header = _header(LANE_STATE);
        header.configDigest = state.configDigest();
        header.seq = state.lastSequence() + 1;
    }

    function _signState(Header memory header, StateRow[] memory rows)
        internal
        view
        returns (QuorumSignature memory)
    {
        return _signDigest(state.roundDigest(header, keccak256(StateRows.pack(rows))), 3);
    }

    function _publish(StateRow[] memory rows) internal {
        Header memory header = _stateHeader();
        state.publishState(header, StateRows.pack(rows), _signState(header, rows));
    }

    /// @dev Signed before the expectation is set, so that the next call is the publication.
    function _publishExpecting(StateRow[] memory rows, bytes memory reason) internal {
        Header memory header = _stateHeader();
        QuorumSignature memory quorum = _signState(header, rows);
        vm.expectRevert(reason);
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    function _later(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
    }
}
