// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {IPayouts} from "../../../contracts/interfaces/IPayouts.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {OutflowLimit} from "../../../contracts/types/Collateral.sol";
import {AuditTrailReader} from "../mocks/AuditTrailReader.sol";
import {CollateralFixture} from "./CollateralFixture.sol";

contract PayoutsTest is CollateralFixture {
    uint64 private rich;

    function setUp() public override {
        super.setUp();
        rich = open("rich", 1000e6);
        // The deposit itself is forgotten: it would allow for one limit more.
        vm.warp(block.timestamp + 1 days);
        _publish(20_000e18, 1500e18, 1e18);
    }

    function _withdraw(uint256 amount) private {
        vm.prank(owners[rich]);
        accounts.withdraw(rich, amount, owners[rich]);
    }

    function test_credit_FailsIf_NothingArrived() public {
        vm.expectRevert(abi.encodeWithSelector(IPayouts.TokenShort.selector, address(token), 0, 1));
        payouts.credit(address(token), address(this), 1);
        vm.expectRevert(IPayouts.ZeroRecipient.selector);
        payouts.credit(address(token), address(0), 1);
    }

    /// @dev What someone sends by mistake can be credited once, and nothing that is owed with it.
    function test_credit_OnlyWhatIsOwedToNobody() public {
        _withdraw(100e6);
        token.mint(address(payouts), 7);
        payouts.credit(address(token), address(this), 7);
        vm.expectRevert(
            abi.encodeWithSelector(IPayouts.TokenShort.selector, address(token), 100e6 + 7, 100e6 + 8)
        );
        payouts.credit(address(token), address(this), 1);
        assertEq(payouts.claim(address(token), address(this)), 7);
        vm.prank(owners[rich]);
        assertEq(payouts.claim(address(token), owners[rich]), 100e6);
        assertEq(payouts.owed(address(token)), 0);
    }

    function test_claim_FailsIf_NothingOrNowhere() public {
        vm.expectRevert(
            abi.encodeWithSelector(IPayouts.NothingToClaim.selector, address(token), address(this))
        );
        payouts.claim(address(token), address(this));
        vm.expectRevert(IPayouts.ZeroRecipient.selector);
        payouts.claim(address(token), address(0));
    }

    /// @dev 10% of 1,000 a day: 100 now, nothing more until some of it is forgotten, half of it after half a day.
    function test_limit_BoundsNetOutflow() public {
        payouts.setOutflowLimit(OutflowLimit(1 days, 1000));
        _withdraw(100e6);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPayouts.OutflowAboveLimit.selector, address(accounts), address(token), 100e6 + 1, 100e6
            )
        );
        vm.prank(owners[rich]);
        accounts.withdraw(rich, 1, address(this));
        vm.warp(block.timestamp + 12 hours);
        _publish(20_000e18, 1500e18, 1e18);
        assertEq(payouts.netOutflow(address(accounts), address(token)), 50e6);
        _withdraw(45e6);
        vm.expectPartialRevert(IPayouts.OutflowAboveLimit.selector);
        vm.prank(owners[rich]);
        accounts.withdraw(rich, 1e6, address(this));
        deposit(account, 30e6);
        _withdraw(30e6);
    }

    /// @dev Each vault and token has a limit of its own.
    function test_limit_OfOneTokenIsNotAnothers() public {
        payouts.setOutflowLimit(OutflowLimit(1 days, 1000));
        _withdraw(100e6);
        _put(account, etherToken, 100e18);
        _take(etherToken, 20e18);
    }

    /// @dev The bound that `docs/threat-model.md` may quote: limit x (2 + t / window) of the most that was held.
    function testFuzz_limit_OverAnyTime(uint16[12] memory waits, uint32[12] memory amounts) public {
        payouts.setOutflowLimit(OutflowLimit(1 days, 1000));
        uint256 began = block.timestamp;
        uint256 out;
        for (uint256 i; i < 12; ++i) {
            vm.warp(block.timestamp + waits[i]);
            _publish(20_000e18, 1500e18, 1e18);
            uint256 amount = bound(amounts[i], 1, 100e6);
            vm.prank(owners[rich]);
            try accounts.withdraw(rich, amount, owners[rich]) {
                out += amount;
            } catch {}
            uint256 most = 100e6 * 2 + 100e6 * (block.timestamp - began) / 1 days;
            assertLe(out, most, "limit x (2 + t / window)");
        }
    }

    /// @dev Inflow buys at most one limit of outflow.
    function test_limit_InflowIsNoLongCredit() public {
        payouts.setOutflowLimit(OutflowLimit(1 days, 1000));
        deposit(account, 9000e6);
        vm.prank(owner);
        vm.expectPartialRevert(IPayouts.OutflowAboveLimit.selector);
        accounts.withdraw(account, 2001e6, owner);
        vm.prank(owner);
        accounts.withdraw(account, 2000e6, owner);
    }

    /// @dev A deposit may be as large as it likes: noting it never reverts.
    function testFuzz_noteInflow_NeverReverts(uint256 a, uint256 b) public {
        payouts.noteInflow(address(token), a);
        payouts.noteInflow(address(token), b);
        assertLe(payouts.netOutflow(address(this), address(token)), 0);
    }

    function test_setOutflowLimit_FailsIf_OutOfBounds() public {
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        payouts.setOutflowLimit(OutflowLimit(59 minutes, 1000));
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        payouts.setOutflowLimit(OutflowLimit(8 days, 1000));
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        payouts.setOutflowLimit(OutflowLimit(1 days, 99));
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        payouts.setOutflowLimit(OutflowLimit(1 days, 10_001));
        vm.expectRevert();
        vm.prank(owner);
        payouts.setOutflowLimit(OutflowLimit(1 days, 1000));
    }

    function test_setOutflowLimit_IsPartOfTheSignedConfiguration() public {
        bytes32 before = lanes.configDigest();
        payouts.setOutflowLimit(OutflowLimit(2 days, 1000));
        assertTrue(before != lanes.configDigest());
        assertEq(parameters.annexes()[0].module, address(payouts));
        assertEq(parameters.annexes()[0].settingsDigest, payouts.settingsDigest());
    }
}

/// @notice A fresh payouts contract replays from its logs alone.
contract PayoutsTrailTest is CollateralFixture {
    function setUp() public override {
        vm.recordLogs();
        super.setUp();
    }

    function test_trail_ReplaysFromTheLogs() public {
        _put(account, etherToken, 2e18);
        _take(etherToken, 1e18);
        vm.prank(owner);
        payouts.claim(address(etherToken), owner);
        assertTrue(vault.isShort(address(etherToken)) == vault.reportShortage(address(etherToken)));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        _requireReplayed(logs, address(payouts));
        _requireReplayed(logs, address(vault));
    }

    function _requireReplayed(Vm.Log[] memory logs, address emitter) private view {
        bytes32 silent = keccak256("AuthorityUpdated(address)");
        (uint64 seq, bytes24 hash) = AuditTrailReader.replay(logs, emitter, silent);
        (uint64 known, bytes24 knownHash) = vault.auditTrail();
        if (emitter == address(payouts)) (known, knownHash) = payouts.auditTrail();
        assertEq(seq, known);
        assertEq(hash, knownHash);
        assertGt(seq, 3);
    }
}
