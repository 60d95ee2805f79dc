// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {ILedgerModules} from "../../../contracts/interfaces/ILedgerModules.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {ITradeSettlement, Order} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {OrderFixture, SignedOrder} from "./OrderFixture.sol";

/// @notice From the logs alone the running hash of ledger and trade settlement is found again.
contract LedgerAuditTrailTest is OrderFixture {
    bytes32[9] internal audited = [
        IMarginAccounts.AccountCreated.selector,
        IMarginAccounts.DelegateSet.selector,
        IMarginAccounts.CashChanged.selector,
        IMarginAccounts.PositionChanged.selector,
        IMarginAccounts.LossSocialised.selector,
        IMarginAccounts.MarginEngineSet.selector,
        ILedgerModules.LiquidationModuleSet.selector,
        ITradeSettlement.TradeSettled.selector,
        ITradeSettlement.OrderVoided.selector
    ];
    mapping(bytes32 topic => uint256) internal seen;

    function _isAudited(bytes32 topic) private view returns (bool) {
        for (uint256 i; i < audited.length; ++i) {
            if (audited[i] == topic) return true;
        }
        return false;
    }

    /// @dev One of each event.
    function _live() private {
        uint64 debtor = _open(carol, 0);
        vm.prank(buyerOwner);
        ledger.setDelegate(buyer, carol, true);
        SignedOrder memory b = _buy(2e18);
        _settle(b, _sell(2e18), 1e18, 100e18);
        engine.setFundingIndex(1, 1e18);
        _settle(b, _sell(2e18), 1e18, 100e18);
        vm.prank(buyerOwner);
        settlement.cancel(b.order);
        ledger.moveCash(debtor, seller, 5e18, 6);
        ledger.socialise(debtor);
        vm.startPrank(governor);
        ledger.setMarginEngine(address(engine));
        ledger.setLiquidation(address(liquidation));
        vm.stopPrank();
    }

    function _replay(Vm.Log[] memory logs, address emitter, uint64 seq, bytes24 hash)
        private
        returns (uint64, bytes24)
    {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != emitter || !_isAudited(logs[i].topics[0])) continue;
            ++seen[logs[i].topics[0]];
            bytes memory data = logs[i].data;
            bytes memory payload = abi.encodePacked(logs[i].topics, _cut(data, data.length - 64));
            hash = bytes24(keccak256(abi.encodePacked(hash, ++seq, keccak256(payload))));
            (uint64 given, bytes24 hashGiven) = abi.decode(_tail(data), (uint64, bytes24));
            assertEq(given, seq);
            assertEq(hashGiven, hash);
        }
        return (seq, hash);
    }

    function test_auditTrail_FollowsFromTheLogs() public {
        (uint64 seq, bytes24 hash) = ledger.auditTrail();
        vm.recordLogs();
        _live();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (seq, hash) = _replay(logs, address(ledger), seq, hash);
        (uint64 seqNow, bytes24 hashNow) = ledger.auditTrail();
        assertEq(seqNow, seq);
        assertEq(hashNow, hash);
        (seq, hash) = _replay(logs, address(settlement), 0, 0);
        (seqNow, hashNow) = settlement.auditTrail();
        assertEq(seqNow, seq);
        assertEq(hashNow, hash);
        for (uint256 i; i < audited.length; ++i) {
            assertGt(seen[audited[i]], 0, "each kind of event occurred");
        }
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i; i < length; ++i) {
            part[i] = data[i];
        }
    }

    function _tail(bytes memory data) private pure returns (bytes memory part) {
        part = new bytes(64);
        for (uint256 i; i < 64; ++i) {
            part[i] = data[data.length - 64 + i];
        }
    }
}
