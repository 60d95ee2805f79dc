// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccountVectors} from "./AccountVectors.sol";

/// @notice Whole accounts against 60-digit values computed outside Solidity: named ones, and drawn ones by family.
contract OwnRequirementParityTest is AccountVectors {
    function test_marginOf_MatchesNamedAccounts() public {
        assertGe(_checkAll("own_requirement.json"), 35);
    }

    function test_marginOf_MatchesStrikesFarFromTheIndex() public {
        assertGe(_checkAll("portfolios/deep.json"), 30);
    }

    function test_marginOf_MatchesTheLastHour() public {
        assertGe(_checkAll("portfolios/last_hour.json"), 30);
    }

    function test_marginOf_MatchesTheSettlementWindow() public {
        assertGe(_checkAll("portfolios/window.json"), 40);
    }

    function test_marginOf_MatchesNearZeroVolatility() public {
        assertGe(_checkAll("portfolios/still.json"), 25);
    }

    function test_marginOf_MatchesPerpetualsOnThreeUnderlyings() public {
        assertGe(_checkAll("portfolios/perpetuals.json"), 30);
    }

    function test_marginOf_MatchesOptionsBought() public {
        assertGe(_checkAll("portfolios/bought.json"), 30);
    }

    function test_marginOf_MatchesOptionsSold() public {
        assertGe(_checkAll("portfolios/sold.json"), 25);
    }

    function test_marginOf_MatchesMixedAccounts() public {
        assertGe(_checkAll("portfolios/mixed.json"), 30);
    }

    function test_marginOf_MatchesAccountsUnderCharges() public {
        assertGe(_checkAll("portfolios/charged.json"), 30);
    }

    function test_marginOf_MatchesLinearAccountsWithAnOffset() public {
        assertGe(_checkAll("portfolios/offset.json"), 30);
    }

    function test_marginOf_MatchesAccountsOf128Legs() public {
        assertGe(_checkAll("portfolios/full.json"), 6);
    }
}
