// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IPriceIntervals} from "../../../contracts/interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {RoundRows} from "../../../contracts/libraries/RoundRows.sol";
import {CreditMark} from "../../../contracts/types/CreditMark.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {Header, LANE_PRICES, PriceRow, QuorumSignature} from "../../../contracts/types/Wire.sol";
import {SystemMarket} from "../SystemMarket.sol";
import {SystemParameters} from "../SystemParameters.sol";

contract MarginTermsTest is SystemMarket {
    function setUp() public {
        deploySystem();
    }

    function _terms() private pure returns (RiskTerms memory) {
        return RiskTerms(1000e18, 500, 300, 5_000, 200, 0, 0);
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
        _refused(wrong, name, value, most, 0);
    }

    function _refused(RiskTerms memory wrong, bytes32 name, int256 value, int256 most, int256 least) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, least, most)
        );
        marginTerms.setRiskTerms(BTC, wrong);
    }

    function test_setRiskTerms_FailsIf_OutOfBounds() public {
        _refused(RiskTerms(1e28 + 1, 0, 0, 0, 0, 0, 0), "depth", 1e28 + 1, 1e28);
        _refused(RiskTerms(0, 5_001, 0, 0, 0, 0, 0), "concentrationBps", 5_001, 5_000);
        _refused(RiskTerms(0, 0, 5_001, 0, 0, 0, 0), "basisBps", 5_001, 5_000);
        _refused(RiskTerms(0, 0, 0, 10_001, 0, 0, 0), "confidenceBps", 10_001, 10_000);
        _refused(RiskTerms(0, 0, 0, 0, 5_001, 0, 0), "priceBandBps", 5_001, 5_000);
        _refused(
            RiskTerms(0, 0, 0, 0, 0, 7 days + 1, 0), "creditHalfLifeSeconds", 7 days + 1, 7 days, 1 minutes
        );
        _refused(RiskTerms(0, 0, 0, 0, 0, 0, 3_001), "offsetBps", 3_001, 3_000);
        _refused(RiskTerms(0, 0, 0, 0, 0, 59, 0), "creditHalfLifeSeconds", 59, 7 days, 1 minutes);
        marginTerms.setRiskTerms(BTC, RiskTerms(1e28, 5_000, 5_000, 10_000, 5_000, 7 days, 3_000));
        marginTerms.setRiskTerms(BTC, RiskTerms(0, 0, 0, 0, 0, 0, 0));
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

    // ---- credit marks ----

    function _markEvery(uint24 halfLife) private {
        RiskTerms memory terms_ = SystemParameters.riskTerms();
        terms_.creditHalfLifeSeconds = halfLife;
        marginTerms.setRiskTerms(BTC, terms_);
    }

    function _publishAt(uint256 time, uint256 price) private {
        vm.warp(time);
        publishPrices(price, 1500e18, 10);
    }

    /// @dev An eighth of half an hour at most is counted: 225 of 225 + 1800 / ln 2.
    function test_mark_RisesSlowlyAndFallsAtOnce() public {
        _markEvery(30 minutes);
        _publishAt(START + 1, 20_000e18);
        marginTerms.mark(BTC);
        CreditMark memory mark = marginTerms.creditMark(BTC);
        assertEq(abi.encode(mark), abi.encode(CreditMark(20_000e18, 20_000e18, uint40(START + 1))));
        _publishAt(START + 1 + 225, 30_000e18);
        marginTerms.mark(BTC);
        mark = marginTerms.creditMark(BTC);
        assertApproxEqAbs(mark.low, 20_000e18 + 797.3e18, 0.1e18);
        assertEq(mark.high, 30_000e18, "at once for those who are short");
        _publishAt(START + 1 + 228, 19_000e18); // time for three rounds
        marginTerms.mark(BTC);
        mark = marginTerms.creditMark(BTC);
        assertEq(mark.low, 19_000e18, "what rose slowly falls at once");
        assertApproxEqAbs(mark.high, 30_000e18 - 12.7e18, 0.1e18);
    }

    function test_mark_WithoutHalfLifeKeepsNothing() public {
        publishPrices(20_000e18, 1500e18, 10);
        marginTerms.mark(BTC);
        assertEq(marginTerms.creditMark(BTC).markedAt, 0);
    }

    /// @dev One record for a time and a price: whoever marks twice fills no log.
    function test_mark_TwiceInABlockIsOnce() public {
        _markEvery(30 minutes);
        publishPrices(20_000e18, 1500e18, 10);
        marginTerms.mark(BTC);
        (uint64 seq,) = marginTerms.auditTrail();
        marginTerms.mark(BTC);
        (uint64 same,) = marginTerms.auditTrail();
        assertEq(same, seq);
    }

    function test_mark_FailsIf_NoPrice() public {
        _markEvery(30 minutes);
        vm.expectRevert(abi.encodeWithSelector(IPriceIntervals.NoUsablePrice.selector, BTC));
        marginTerms.mark(BTC);
    }

    function test_mark_EveryTradeMarksItsUnderlying() public {
        _markEvery(30 minutes);
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        (uint64 maker, uint64 taker) = (open("maker", 500_000e6), open("taker", 500_000e6));
        trade(taker, maker, perpetual(BTC), 1e18, 20_000e18);
        assertEq(marginTerms.creditMark(BTC).markedAt, block.timestamp);
    }
}
