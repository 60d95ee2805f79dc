// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Black76, Greeks} from "contracts/libraries/Black76.sol";
import {OwnRequirement} from "contracts/libraries/OwnRequirement.sol";
import {MarginEngine} from "contracts/margin/MarginEngine.sol";
import {PortfolioReader} from "contracts/margin/PortfolioReader.sol";
import {UnderlyingBook} from "contracts/types/Book.sol";
import {Leg} from "contracts/types/Instrument.sol";

/// @notice Gas of one pricing, without the call around it. Results are returned, so that nothing is optimised away.
contract PricingMeter {
    function greeks(uint256 forward, uint256 strike, uint256 volatility, uint256 secondsLeft)
        external
        view
        returns (uint256 used, Greeks memory result)
    {
        uint256 before = gasleft();
        result = Black76.greeks(forward, strike, volatility, secondsLeft, true);
        used = before - gasleft();
    }
}

/// @notice Gas of the delta-gamma-vega figure alone, once account and market are in memory.
contract TailMeter is PortfolioReader {
    constructor(MarginEngine engine)
        PortfolioReader(
            engine.accounts(), engine.lanes(), engine.parameters(), engine.prices(), engine.terms()
        )
    {}

    function deltaGammaVega(uint64 account) external view returns (uint256 used, uint256 loss) {
        Rules memory rules = _rules();
        UnderlyingBook[] memory books = _read(account, new Leg[](0), 0, rules).books;
        int256[] memory covariance = parameters.covariance();
        uint256 before = gasleft();
        loss = OwnRequirement.tailLoss(
            books, OwnRequirement.exposuresOf(books, covariance), covariance, rules.model
        );
        used = before - gasleft();
    }
}
