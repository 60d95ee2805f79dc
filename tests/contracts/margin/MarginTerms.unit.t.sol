// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {RoundRows} from "../../../contracts/libraries/RoundRows.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {Header, LANE_PRICES, PriceRow, QuorumSignature} from "../../../contracts/types/Wire.sol";
import {SystemMarket} from "../SystemMarket.sol";

contract MarginTermsTest is SystemMarket {
    function setUp() public {
        deploySystem();
    }

    function _terms() private pure returns (RiskTerms memory) {
        return RiskTerms(1000e18, 500, 300, 5_000, 200);
    }

    function test_setRiskTerms_KeepsWhatWasSet() public {
        marginTerms.setRiskTerms(ETH, _terms());
        assertEq(abi.encode(marginTerms.riskTerms(ETH)), abi.encode(_terms()));
        assertEq(marginTerms.riskTerms(BTC).depth, 0, "another underlying keeps its own");
        assertEq(marginTerms.riskTerms(3).priceBandBps, 0, "none were set");
    }

    function test_setRiskTerms_FailsIf_NotAuthorised() public {
        vm.prank(address(0xBAD));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xBAD))
        );
        marginTerms.setRiskTerms(BTC, _terms());
    }

    function test_setRiskTerms_FailsIf_Unlisted() public {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 3));
        marginTerms.setRiskTerms(3, _terms());
        parameters.setPriceOnly(256, 0.8e18);
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 256));
        marginTerms.setRiskTerms(256, _terms());
    }

    function _refused(RiskTerms memory wrong, bytes32 name, int256 value, int256 most) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, 0, most)
        );
        marginTerms.setRiskTerms(BTC, wrong);
    }

    function test_setRiskTerms_FailsIf_OutOfBounds() public {
        _refused(RiskTerms(1e28 + 1, 0, 0, 0, 0), "depth", 1e28 + 1, 1e28);
        _refused(RiskTerms(0, 5_001, 0, 0, 0), "concentrationBps", 5_001, 5_000);
        _refused(RiskTerms(0, 0, 5_001, 0, 0), "basisBps", 5_001, 5_000);
        _refused(RiskTerms(0, 0, 0, 10_001, 0), "confidenceBps", 10_001, 10_000);
        _refused(RiskTerms(0, 0, 0, 0, 5_001), "priceBandBps", 5_001, 5_000);
        marginTerms.setRiskTerms(BTC, RiskTerms(1e28, 5_000, 5_000, 10_000, 5_000));
        marginTerms.setRiskTerms(BTC, RiskTerms(0, 0, 0, 0, 0));
    }

    /// @dev A round signed under other terms is void.
    function test_setRiskTerms_VoidsWhatWasSignedBefore() public {
        PriceRow[] memory rows = new PriceRow[](1);
        rows[0] = PriceRow(BTC, 20_000e18, 1e18);
        Header memory head = header(LANE_PRICES);
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = sign(head, keccak256(packed));
        bytes32 before = lanes.configDigest();
        marginTerms.setRiskTerms(BTC, _terms());
        assertNotEq(lanes.configDigest(), before);
        vm.expectPartialRevert(ISignedLanes.WrongConfigDigest.selector);
        lanes.publishPrices(head, packed, quorum);
    }
}
