// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IPayouts} from "../interfaces/IPayouts.sol";
import {Action, Modes} from "../libraries/Modes.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {InstrumentId, Instruments, Leg} from "../types/Instrument.sol";
import {MarginState} from "../types/Margin.sol";
import {AccountRegistry} from "./AccountRegistry.sol";
import {LedgerModules} from "./LedgerModules.sol";
import {PackedLegs} from "./PackedLegs.sol";
import {PositionLedger} from "./PositionLedger.sol";

/// @title The ledger: accounts, cash and positions, and the tokens behind them
/// @notice See IMarginAccounts for what each function promises.
contract MarginAccounts is AccountRegistry, PositionLedger, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20Metadata;

    uint8 private constant WAD_DECIMALS = 18;

    IERC20Metadata private immutable _token;
    /// @dev WAD per token unit.
    uint256 private immutable _scale;

    constructor(address token_, address authority_, IPayouts payouts_)
        AccessManaged(authority_)
        LedgerModules(payouts_)
    {
        _token = IERC20Metadata(token_);
        uint8 decimals = _token.decimals();
        if (decimals > WAD_DECIMALS) revert TooManyDecimals(decimals, WAD_DECIMALS);
        _scale = 10 ** (WAD_DECIMALS - decimals);
    }

    /// @inheritdoc IMarginAccounts
    function token() external view returns (address) {
        return address(_token);
    }

    // ---- owners ----

    /// @inheritdoc IMarginAccounts
    /// @dev Asks no module but the payouts, which cannot refuse, so nothing outside the token can stop a deposit.
    function deposit(uint64 account, uint256 amount) external nonReentrant onlyExisting(account) {
        if (amount == 0) revert ZeroAmount();
        uint256 held = _token.balanceOf(address(this));
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _token.balanceOf(address(this)) - held;
        if (received != amount) revert UnsupportedToken(amount, received);
        _changeCash(account, (amount * _scale).toInt256(), REASON_DEPOSIT);
        payouts.noteInflow(address(_token), amount);
    }

    /// @inheritdoc IMarginAccounts
    function withdraw(uint64 account, uint256 amount, address to)
        external
        nonReentrant
        onlyExisting(account)
    {
        if (!isAuthorised(account, msg.sender)) {
            revert NotAuthorised(account, msg.sender);
        }
        if (amount == 0) revert ZeroAmount();
        _requireNotInLiquidation(account);
        _requireExitOpen();
        IMarginEngine engine = _engine();
        if (!Modes.allows(engine.mode(), Action.WITHDRAW)) revert Halted();
        _changeCash(account, -(amount * _scale).toInt256(), REASON_WITHDRAWAL);
        MarginState memory margin = engine.marginOf(account);
        if (margin.creditedEquity < margin.initialRequirement.toInt256()) {
            revert InsufficientMargin(account, margin.creditedEquity, margin.initialRequirement);
        }
        uint256 held = _token.balanceOf(address(this));
        if (held < amount) revert VaultShort(amount, held);
        _token.safeTransfer(address(payouts), amount);
        payouts.credit(address(_token), to, amount);
    }

    // ---- modules ----

    /// @inheritdoc IMarginAccounts
    function settleTrade(uint64 buyer, uint64 seller, InstrumentId instrument, uint128 quantity, uint96 price)
        external
        restricted
        nonReentrant
        onlyExisting(buyer)
        onlyExisting(seller)
    {
        instrument.requireWellFormed();
        if (quantity == 0) revert ZeroAmount();
        _requireNotInLiquidation(buyer);
        _requireNotInLiquidation(seller);
        int256 signed = uint256(quantity).toInt256();
        int256 paid = SignedWad.mulCeil(signed, int256(uint256(price)));
        int256 received = SignedWad.mulFloor(signed, int256(uint256(price)));
        if (!instrument.isPerpetual()) {
            _changeCash(buyer, -paid, REASON_TRADE);
            _changeCash(seller, received, REASON_TRADE);
        }
        _changeLeg(buyer, instrument, signed, paid);
        _changeLeg(seller, instrument, -signed, -received);
    }

    /// @inheritdoc IMarginAccounts
    function takeOver(uint64 from, uint64 to, uint256 fraction)
        external
        restricted
        nonReentrant
        onlyExisting(from)
        onlyExisting(to)
    {
        if (fraction > WAD) revert FractionAboveOne(fraction);
        uint256[] memory legs = _legs(from);
        // From the last to the first: a removed leg then leaves the others in their places.
        for (uint256 i = legs.length; i > 0; --i) {
            (InstrumentId instrument, int128 quantity) = PackedLegs.unpack(legs[i - 1]);
            _moveLeg(from, to, instrument, quantity, (int256(quantity) * int256(fraction)) / int256(WAD));
        }
    }

    /// @inheritdoc IMarginAccounts
    function moveLegs(uint64 from, uint64 to, Leg[] calldata legs)
        external
        restricted
        nonReentrant
        onlyExisting(from)
        onlyExisting(to)
    {
        for (uint256 i; i < legs.length; ++i) {
            InstrumentId instrument = legs[i].instrument;
            (int128 moved, int128 held) = (legs[i].quantity, _quantityOf(from, instrument));
            bool within = held < 0 ? moved <= 0 && moved >= held : moved >= 0 && moved <= held;
            if (!within) revert LegExceeded(from, InstrumentId.unwrap(instrument), moved, held);
            _moveLeg(from, to, instrument, held, moved);
        }
    }

    /// @inheritdoc IMarginAccounts
    function moveCash(uint64 from, uint64 to, uint256 amount, uint8 reason)
        external
        restricted
        nonReentrant
        onlyExisting(from)
        onlyExisting(to)
    {
        int256 signed = amount.toInt256();
        _changeCash(from, -signed, reason);
        _changeCash(to, signed, reason);
    }

    /// @inheritdoc IMarginAccounts
    /// @dev That the expiry has passed and the payoff is right is the settlement module's to judge.
    function closeExpired(uint64 account, InstrumentId instrument, uint256 payoff)
        external
        restricted
        nonReentrant
        returns (int256 cashChange)
    {
        if (instrument.isPerpetual()) {
            revert Instruments.MalformedInstrument(InstrumentId.unwrap(instrument));
        }
        int256 quantity = _quantityOf(account, instrument);
        if (quantity == 0) revert NoPosition(account, InstrumentId.unwrap(instrument));
        cashChange = SignedWad.mulFloor(quantity, payoff.toInt256());
        _changeLeg(account, instrument, -quantity, 0);
        _changeCash(account, cashChange, REASON_EXPIRY);
    }

    /// @inheritdoc IMarginAccounts
    /// @dev Takes at most `totalPositiveCash`; a rest stays as negative cash and can be written off later. An account
    /// that still has legs or collateral loses nothing and gains nothing here: 0 is returned.
    function socialise(uint64 account)
        external
        restricted
        nonReentrant
        onlyExisting(account)
        returns (uint256 loss)
    {
        if (_legs(account).length != 0 || holdsCollateral(account)) return 0;
        return _socialiseCash(account);
    }

    /// @dev Moves a part of a leg with the entry value in proportion; `takeOver` cuts shares toward zero.
    function _moveLeg(uint64 from, uint64 to, InstrumentId instrument, int256 quantity, int256 moved)
        private
    {
        if (moved == 0) return;
        int256 entryMoved;
        if (instrument.isPerpetual()) {
            entryMoved = SignedWad.share(_entryValue(from, instrument), moved, quantity);
        }
        _changeLeg(from, instrument, -moved, -entryMoved);
        _changeLeg(to, instrument, moved, entryMoved);
    }
}
