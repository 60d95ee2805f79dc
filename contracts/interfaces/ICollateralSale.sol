// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Sale of the collateral of accounts in liquidation
/// @notice Anyone may buy with the cash of an account it acts for, at the signed price p less a discount share d(t):
///   paid = amount x p x (1 - d), rounded up; d rises over the auction's duration from 0 to the token's maintenance haircut.
/// - while the account is solvent at the signed price and the auction's duration has not passed, d is at most its equity
///   over the value of all its collateral: no sale makes a debt, so nobody gains by buying from oneself
/// - when it is insolvent there and at the better price ends, or the duration has passed, d is the curve's alone
/// - sold is at most what pays the debt or, if that is more, what lifts equityLow to the cure target
/// Not while HALTED. The buyer must end with its initial margin by credited equity, as for any new risk.
/// Trust: holds the roles that move cash and collateral; has no administrator and no settings.
interface ICollateralSale {
    error NotForSale(uint64 account, address token);
    error NotInLiquidation(uint64 account);
    error PaidAboveLimit(uint256 paid, uint256 most);
    error BuyerNotAllowed(uint64 buyer, address caller);
    error BuyerBelowInitialMargin(uint64 buyer, int256 equity, uint256 required);
    error Halted();

    /// @param value of the amount at the signed price, WAD quote, rounded up
    /// @param discount share of the value, WAD
    event CollateralSold(
        uint64 indexed account,
        uint64 indexed buyer,
        address indexed token,
        uint256 amount,
        uint256 value,
        uint256 discount,
        uint256 paid,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Buys up to `amount` token units for `buyer`; reverts if they cost more than `mostPaid`, WAD quote.
    function buy(uint64 account, uint64 buyer, address token, uint256 amount, uint256 mostPaid)
        external
        returns (uint256 bought, uint256 paid);

    /// @notice Discount share now, WAD, and the most token units for sale; zero amount where nothing is.
    function offer(uint64 account, address token) external view returns (uint256 discount, uint256 most);
}
