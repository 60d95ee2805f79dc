// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RoundRows} from "../../../contracts/libraries/RoundRows.sol";
import {Mode} from "../../../contracts/types/Margin.sol";
import {Header, LANE_PRICES, PriceRow, QuorumSignature} from "../../../contracts/types/Wire.sol";
import {ThreatFixture} from "./ThreatFixture.sol";

/// @notice n - k + 1 signers who sign nothing, or whatever the remaining ones do not: no money, only time.
contract BlockingMinorityThreatTest is ThreatFixture {
    /// @dev One signature of the two needed, on any price.
    function _publishAlone(uint256 price) private returns (bool accepted) {
        PriceRow[] memory list = new PriceRow[](1);
        list[0] = PriceRow(BTC, uint96(price), 0);
        bytes memory rows = RoundRows.pack(list);
        Header memory head = header(LANE_PRICES);
        bytes32 digest = lanes.roundDigest(head, keccak256(rows));
        (bytes32 r, bytes32 vs) = vm.signCompact(signerKeys[1], digest);
        QuorumSignature memory quorum = QuorumSignature(2, abi.encodePacked(r, vs));
        (accepted,) = address(lanes).call(abi.encodeCall(lanes.publishPrices, (head, rows, quorum)));
    }

    function _blockFor(uint256 time) private {
        trade(attacker, honest[0], perpetual(BTC), 10e18, 20_000e18);
        int256 before = equity(attacker);
        uint256 normal;
        uint256 begin = block.timestamp;
        for (uint256 elapsed; elapsed < time; elapsed += 60) {
            vm.warp(begin + elapsed);
            assertFalse(_publishAlone(40_000e18), "a minority publishes nothing");
            if (engine.mode() == Mode.NORMAL) normal += 60;
            deposit(honest[2], 1);
        }
        assertLe(
            normal, 5 minutes + 60, "NORMAL for reduceOnlyAge, then the rest of the time without withdrawals"
        );
        assertEq(drain(attacker), 0, "nothing leaves");
        publishPrices(20_000e18, 1500e18, 10);
        assertApproxEqAbs(equity(attacker), before, 60e18, "nothing moved but a day of funding");
        emit log_named_uint("seconds without withdrawals", time - normal);
    }

    function test_silence_TakesTimeOnlyInAnHour() public {
        _blockFor(1 hours);
    }

    function test_silence_TakesTimeOnlyInADay() public {
        _blockFor(1 days);
    }

    /// @dev The answer: a quorum of others, after the governance delay.
    function test_silence_EndsWithAnotherQuorum() public {
        vm.warp(block.timestamp + 48 hours);
        address[] memory list = lanes.signers();
        (list[1], signerKeys[1]) = makeAddrAndKey("replacement");
        lanes.setSigners(list, 2);
        uint64 last = lanes.lastSequence(LANE_PRICES);
        publishPrices(20_000e18, 1500e18, 10);
        assertGt(lanes.lastSequence(LANE_PRICES), last);
    }
}
