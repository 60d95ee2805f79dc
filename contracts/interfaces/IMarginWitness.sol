// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Witness} from "../types/Margin.sol";

/// @title Lower bounds of the maintenance requirement by one witness each
interface IMarginWitness {
    /// @notice maintenance ratio x max(witness + charges, share of gross notional), limited like `ownRequirement`, a lower bound of
    /// the maintenance requirement, and the account's equity at both ends. Liquidation requires the bound to exceed equityHigh.
    /// Where the bound exceeds even an upper bound of equityHigh that needs no repricing, that one is returned, and a lower
    /// bound of equityLow (`PriceEnds`).
    function witnessOf(uint64 account, Witness calldata witness)
        external
        view
        returns (uint256 maintenanceBound, int256 equityLow, int256 equityHigh);
}
