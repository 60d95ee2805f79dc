// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ICollateralSale} from "../interfaces/ICollateralSale.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ILedgerModules} from "../interfaces/ILedgerModules.sol";
import {Auction, ILiquidation} from "../interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {MarginState, Mode} from "../types/Margin.sol";

/// @title Sale of the collateral of accounts in liquidation
/// @notice See ICollateralSale. Modules are read from the ledger, so a replaced one counts at once.
contract CollateralSale is ICollateralSale, AuditTrail {
    using FixedPointMathLib for uint256;

    uint8 private constant REASON_COLLATERAL_SOLD = 14;
    uint256 private constant BPS = 10_000;
    uint256 private constant WAD = 1e18;

    IMarginAccounts public immutable accounts;
    IRiskParameters public immutable parameters;

    constructor(IMarginAccounts accounts_, IRiskParameters parameters_) {
        accounts = accounts_;
        parameters = parameters_;
    }

    /// @inheritdoc ICollateralSale
    function buy(uint64 account, uint64 buyer, address token, uint256 amount, uint256 mostPaid)
        external
        returns (uint256 bought, uint256 paid)
    {
        if (_engine().mode() == Mode.HALTED) revert Halted();
        _requireBuyer(account, buyer);
        (uint256 discount, uint256 most) = offer(account, token);
        bought = amount.min(most);
        if (bought == 0) revert NotForSale(account, token);
        uint256 value = _value(token, bought);
        paid = value.fullMulDivUp(WAD - discount, WAD);
        if (paid > mostPaid) revert PaidAboveLimit(paid, mostPaid);
        _vault().moveCollateral(account, buyer, token, bought);
        accounts.moveCash(buyer, account, paid, REASON_COLLATERAL_SOLD);
        _record(account, buyer, token, [bought, value, discount, paid]);
        _requireInitialMargin(buyer);
    }

    /// @inheritdoc ICollateralSale
    function offer(uint64 account, address token) public view returns (uint256 discount, uint256 most) {
        if (!_liquidation().inLiquidation(account)) revert NotInLiquidation(account);
        uint256 held = _vault().balanceOf(account, token);
        uint256 value = _value(token, held);
        if (value == 0) return (0, 0);
        MarginState memory margin = _engine().marginOf(account);
        discount = _discount(account, token, margin);
        uint256 needed = _needed(account, margin);
        uint256 proceeds = value.fullMulDiv(WAD - discount, WAD);
        most = needed < proceeds ? held.fullMulDivUp(needed, proceeds) : held;
    }

    /// @dev Cash that pays the debt or lifts equityLow to the cure target.
    function _needed(uint64 account, MarginState memory margin) private view returns (uint256) {
        int256 cash = accounts.cashOf(account);
        uint256 buffered = BPS + parameters.marginModel().cureBufferBps;
        int256 missing = int256(margin.maintenanceRequirement.fullMulDivUp(buffered, BPS)) - margin.equityLow;
        return uint256(FixedPointMathLib.max(0, FixedPointMathLib.max(-cash, missing)));
    }

    function _discount(uint64 account, address token, MarginState memory margin)
        private
        view
        returns (uint256)
    {
        Auction memory auction = _liquidation().auctionOf(account);
        uint256 elapsed = _liquidation().liveSeconds() - auction.clockAtStart;
        uint256 full = uint256(_vault().configOf(token).maintenanceHaircutBps) * WAD / BPS;
        if (elapsed >= auction.curve.durationSeconds) return full;
        (int256 equity, uint256 all) = _equityAtMark(account);
        if (equity < 0 && margin.equityHigh < 0) return full;
        // slither-disable-next-line divide-before-multiply full is exact: WAD / BPS is
        uint256 share = full * elapsed / auction.curve.durationSeconds;
        return equity <= 0 ? 0 : share.min(uint256(equity).fullMulDiv(WAD, all));
    }

    /// @dev Cash, legs and collateral at signed prices, and the collateral alone.
    function _equityAtMark(uint64 account) private view returns (int256 equity, uint256 all) {
        (address[] memory tokens, uint256[] memory amounts) = _vault().holdingsOf(account);
        for (uint256 i; i < tokens.length; ++i) {
            // slither-disable-next-line unused-return the ends are not asked for
            (, uint256 price,) = _vault().quote(tokens[i], amounts[i]);
            all += price;
        }
        equity = accounts.cashOf(account) + _engine().markOf(account) + int256(all);
    }

    /// @dev One unit more than the floor, so that the buyer never pays less than the price.
    function _value(address token, uint256 amount) private view returns (uint256 value) {
        // slither-disable-next-line unused-return the ends are not asked for
        (, value,) = _vault().quote(token, amount);
        if (value != 0) ++value;
    }

    function _requireBuyer(uint64 account, uint64 buyer) private view {
        bool allowed = buyer != account && accounts.isAuthorised(buyer, msg.sender)
            && !_liquidation().inLiquidation(buyer);
        if (!allowed) revert BuyerNotAllowed(buyer, msg.sender);
    }

    function _requireInitialMargin(uint64 buyer) private view {
        MarginState memory margin = _engine().marginOf(buyer);
        if (margin.creditedEquity < int256(margin.initialRequirement)) {
            revert BuyerBelowInitialMargin(buyer, margin.creditedEquity, margin.initialRequirement);
        }
    }

    /// @param facts amount, value, discount, paid
    function _record(uint64 account, uint64 buyer, address token, uint256[4] memory facts) private {
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(CollateralSold.selector, account, buyer, token, facts)));
        emit CollateralSold(account, buyer, token, facts[0], facts[1], facts[2], facts[3], seq, hash);
    }

    function _engine() private view returns (IMarginEngine) {
        return ILedgerModules(address(accounts)).marginEngine();
    }

    function _liquidation() private view returns (ILiquidation) {
        return ILedgerModules(address(accounts)).liquidation();
    }

    function _vault() private view returns (ICollateralVault) {
        return ILedgerModules(address(accounts)).collateral();
    }
}
