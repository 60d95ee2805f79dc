// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";
import {MarginState, Mode, Witness} from "../../../contracts/types/Margin.sol";
import {LedgerMock} from "./LedgerMock.sol";

/// @notice A margin engine whose marks and requirements are linear: each unit is worth `price` and requires
/// `requirement`; the interval around the mark has half-width `spread` per unit.
contract LinearEngineMock {
    LedgerMock public immutable ledger;
    Mode public mode;
    int256 public price;
    uint256 public requirement;
    uint256 public spread;

    constructor(LedgerMock ledger_) {
        ledger = ledger_;
    }

    function set(int256 price_, uint256 requirement_, uint256 spread_) external {
        (price, requirement, spread) = (price_, requirement_, spread_);
    }

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function markOf(uint64 account) public view returns (int256 mark) {
        Leg[] memory legs = ledger.legsOf(account);
        for (uint256 i = 0; i < legs.length; ++i) {
            mark += int256(legs[i].quantity) * price / 1e18;
        }
    }

    function marginOf(uint64 account) public view returns (MarginState memory margin) {
        uint256 size = _size(account);
        int256 equity = ledger.cashOf(account) + markOf(account);
        margin.equityLow = equity - int256(size * spread / 1e18);
        margin.creditedEquity = margin.equityLow;
        margin.equityHigh = equity + int256(size * spread / 1e18);
        margin.ownRequirement = (size * requirement + 1e18 - 1) / 1e18;
        margin.maintenanceRequirement = margin.ownRequirement;
        margin.initialRequirement = (margin.ownRequirement * 13 + 9) / 10;
    }

    function liveUntil() external view returns (uint64) {
        return mode == Mode.HALTED ? 0 : uint64(block.timestamp + 1 days);
    }

    /// @dev A witness names a tenth of the requirement per point.
    function witnessOf(uint64 account, Witness calldata witness)
        external
        view
        returns (uint256 bound, int256 low, int256 high)
    {
        MarginState memory margin = marginOf(account);
        bound = witness.isScenario ? margin.ownRequirement * witness.points / 10 : margin.ownRequirement;
        return (bound, margin.equityLow, margin.equityHigh);
    }

    function _size(uint64 account) private view returns (uint256 size) {
        Leg[] memory legs = ledger.legsOf(account);
        for (uint256 i = 0; i < legs.length; ++i) {
            int256 quantity = legs[i].quantity;
            size += uint256(quantity < 0 ? -quantity : quantity);
        }
    }
}
