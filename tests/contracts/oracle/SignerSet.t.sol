// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {SignerSet} from "contracts/oracle/SignerSet.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "./LanesFixture.sol";

contract SignerSetTest is LanesFixture {
    function test_onlyTheSignerRoleReplacesSigners() public {
        address stranger = makeAddr("stranger");
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        lanes.setSigners(_list(3), 2);
    }

    function testFuzz_theThresholdIsAMajorityOfAtMostThirtyOne(uint8 count, uint8 threshold) public {
        count = uint8(bound(count, 0, 40));
        bool valid = count != 0 && count <= 31 && threshold <= count && 2 * uint256(threshold) > count;
        address[] memory list = _list(count);
        if (!valid) {
            vm.expectRevert(abi.encodeWithSelector(ISignedLanes.InvalidSignerSet.selector, count, threshold));
        }
        lanes.setSigners(list, threshold);
        if (valid) assertEq(lanes.signers(), list, "signers");
    }

    function test_noSignerTwice() public {
        address[] memory list = _list(3);
        list[2] = list[0];
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.DuplicateSigner.selector, list[0]));
        lanes.setSigners(list, 2);
    }

    function test_theZeroAddressIsNoSigner() public {
        address[] memory list = _list(3);
        list[1] = address(0);
        vm.expectRevert(abi.encodeWithSelector(SignerSet.ZeroSigner.selector, 1));
        lanes.setSigners(list, 2);
    }

    function test_replacingSignersStartsAnEpoch() public {
        assertEq(lanes.epoch(), 1, "the fixture's");
        bytes32 before = lanes.configDigest();
        lanes.setSigners(_list(5), 3);
        assertEq(lanes.epoch(), 2, "epoch");
        assertEq(lanes.threshold(), 3, "threshold");
        assertNotEq(lanes.configDigest(), before, "digest");
    }

    function test_aRemovedSignerNoLongerCounts() public {
        uint256 removed = keys[2];
        keys[2] = 0xDA1E;
        lanes.setSigners(_addresses(keys), 2);
        Header memory header = _header(LANE_PRICES);
        bytes memory rows = RoundRows.pack(_prices(SPOT));
        keys[2] = removed; // and yet it signs
        QuorumSignature memory quorum = _sign(header, rows, 6);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedLanes.WrongSignature.selector, 2, vm.addr(removed), vm.addr(0xDA1E))
        );
        lanes.publishPrices(header, rows, quorum);
    }

    function test_sequencesContinueAcrossEpochs() public {
        _publish(_prices(SPOT));
        lanes.setSigners(_addresses(keys), 2);
        _publish(_prices(SPOT));
        assertEq(lanes.lastSequence(LANE_PRICES), 2);
    }

    function _list(uint256 count) private pure returns (address[] memory list) {
        list = new address[](count);
        for (uint256 index; index < count; ++index) {
            list[index] = address(uint160(0x1000 + index));
        }
    }
}
