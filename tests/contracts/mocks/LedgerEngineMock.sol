// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";
import {MarginState, Mode, Witness} from "../../../contracts/types/Margin.sol";

/// @title An engine with set marks: own requirement = rate x sum |quantity x mark|
/// @notice Equity = cash + sum of quantity x mark - entry values. An attestation counts for one portfolio nonce.
contract LedgerEngineMock is IMarginEngine {
    IMarginAccounts public immutable accounts;
    Mode public mode;
    uint256 public rateWad = 0.1e18;
    uint16 public constant FALLBACK_INITIAL_BPS = 12_000;
    uint16 public constant FALLBACK_MAINTENANCE_BPS = 10_000;

    mapping(uint104 instrument => int256) public marks;
    mapping(uint16 underlying => int256) public fundingIndex;
    mapping(uint64 account => mapping(uint64 nonce => uint16)) public attestedBps;

    constructor(IMarginAccounts accounts_) {
        accounts = accounts_;
    }

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function setMark(InstrumentId instrument, int256 mark) external {
        marks[InstrumentId.unwrap(instrument)] = mark;
    }

    function setFundingIndex(uint16 underlying, int256 index) external {
        fundingIndex[underlying] = index;
    }

    function attest(uint64 account, uint16 bps) external {
        attestedBps[account][accounts.portfolioNonce(account)] = bps;
    }

    function liveUntil() external view returns (uint64) {
        return mode == Mode.HALTED ? 0 : uint64(block.timestamp + 1 hours);
    }

    function marginOf(uint64 account) external view returns (MarginState memory) {
        return _margin(account, new Leg[](0), 0);
    }

    function whatIf(uint64 account, Leg[] calldata changes, int256 cashChange)
        external
        view
        returns (MarginState memory)
    {
        return _margin(account, changes, cashChange);
    }

    function markOf(uint64 account) external view returns (int256 value) {
        Leg[] memory legs = accounts.legsOf(account);
        for (uint256 i; i < legs.length; ++i) {
            value += _value(account, legs[i], legs[i].quantity);
        }
    }

    function witnessOf(uint64 account, Witness calldata) external view returns (uint256, int256, int256) {
        MarginState memory m = _margin(account, new Leg[](0), 0);
        return (m.maintenanceRequirement, m.equityLow, m.equityHigh);
    }

    function worstWitness(uint64) external pure returns (Witness memory) {
        return Witness(false, 0);
    }

    function _margin(uint64 account, Leg[] memory changes, int256 cashChange)
        private
        view
        returns (MarginState memory m)
    {
        (int256 value, uint256 notional) = _book(account, changes);
        (m.equityLow, m.equityHigh) = accounts.creditOf(account, cashChange);
        (m.equityLow, m.equityHigh) = (m.equityLow + value, m.equityHigh + value);
        m.creditedEquity = m.equityLow;
        m.ownRequirement = notional * rateWad / 1e18;
        uint16 attested = attestedBps[account][accounts.portfolioNonce(account)];
        m.attested = attested != 0;
        m.initialRatioBps = m.attested ? attested : FALLBACK_INITIAL_BPS;
        m.maintenanceRatioBps = m.attested ? attested : FALLBACK_MAINTENANCE_BPS;
        m.initialRequirement = (m.ownRequirement * m.initialRatioBps + 9999) / 10_000;
        m.maintenanceRequirement = (m.ownRequirement * m.maintenanceRatioBps + 9999) / 10_000;
    }

    /// @dev A change of an instrument that is not held counts as a leg of its own, entry value zero.
    function _book(uint64 account, Leg[] memory changes)
        private
        view
        returns (int256 value, uint256 notional)
    {
        Leg[] memory legs = accounts.legsOf(account);
        bool[] memory merged = new bool[](changes.length);
        for (uint256 i; i < legs.length; ++i) {
            int128 quantity = legs[i].quantity;
            for (uint256 j; j < changes.length; ++j) {
                if (_same(legs[i], changes[j])) {
                    quantity += changes[j].quantity;
                    merged[j] = true;
                }
            }
            value += _value(account, legs[i], quantity);
            notional += _notional(legs[i], quantity);
        }
        for (uint256 j; j < changes.length; ++j) {
            if (merged[j]) continue;
            value += _value(account, changes[j], changes[j].quantity);
            notional += _notional(changes[j], changes[j].quantity);
        }
    }

    function _same(Leg memory a, Leg memory b) private pure returns (bool) {
        return InstrumentId.unwrap(a.instrument) == InstrumentId.unwrap(b.instrument);
    }

    function _value(uint64 account, Leg memory leg, int128 quantity) private view returns (int256 value) {
        value = int256(quantity) * marks[InstrumentId.unwrap(leg.instrument)] / 1e18;
        if (leg.instrument.isPerpetual()) {
            value -= accounts.entryValueOf(account, leg.instrument.underlying());
        }
    }

    function _notional(Leg memory leg, int128 quantity) private view returns (uint256) {
        int256 signed = int256(quantity) * marks[InstrumentId.unwrap(leg.instrument)] / 1e18;
        return uint256(signed < 0 ? -signed : signed);
    }
}
