// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId, Leg} from "../types/Instrument.sol";
import {Accrual} from "../types/Interest.sol";

/// @title The ledger: margin accounts as ERC-721 tokens, their cash and positions
/// @notice Cash is WAD quote, signed. Deposits are scaled up exactly; withdrawals round against the owner.
/// Options are worth their mark, paid for in cash when traded. A perpetual's value is
/// quantity x mark - entryValue; it reaches cash when the position closes. Hence at all times, up to rounding that
/// favours the house: sum(cash) - sum(entryValue) + settled payoffs not yet claimed = tokens held.
/// Trust: modules holding the ledger role (trading, settlement, liquidation) can move positions and cash.
interface IMarginAccounts {
    error NotAuthorised(uint256 account, address caller);
    error UnknownAccount(uint256 account);
    error InsufficientMargin(uint256 account, int256 equity, uint256 required);
    error TooManyLegs(uint256 account, uint256 most);
    error ZeroAmount();
    error AccountInLiquidation(uint256 account);
    /// @notice More of a leg would leave an account than it holds.
    error LegExceeded(uint256 account, uint104 instrument, int256 moved, int256 held);
    error ExitGateClosed();
    error VaultShort(uint256 asked, uint256 held);
    error Halted();

    event AccountCreated(uint64 indexed account, address indexed owner, uint64 seq, bytes24 runningHash);
    event DelegateSet(
        uint64 indexed account, address indexed delegate, bool allowed, uint64 seq, bytes24 runningHash
    );
    /// @param reason 0 deposit, 1 withdrawal, 2 trade, 3 funding, 4 perpetual closed, 5 expiry, 6 auction,
    /// 7 insurance fee, 8 insurance payment, 9 socialised loss, 10 reward of a liquidation's starter, 11 deleveraging,
    /// 12 interest reserve, 13 trade fee, 14 collateral sold
    event CashChanged(
        uint64 indexed account,
        uint8 indexed reason,
        int256 change,
        int256 cashAfter,
        uint64 seq,
        bytes24 runningHash
    );
    event PositionChanged(
        uint64 indexed account,
        uint104 indexed instrument,
        int128 quantityAfter,
        int256 entryValueAfter,
        uint64 portfolioNonce,
        uint64 seq,
        bytes24 runningHash
    );
    /// @param survival WAD factor by which positive cash is multiplied
    event LossSocialised(
        uint256 loss, uint256 survival, uint256 positiveCashBefore, uint64 seq, bytes24 runningHash
    );
    /// @notice Interest booked up to this block; all but the indices WAD.
    event InterestAccrued(
        uint256 debtIndex,
        uint256 supplyFactor,
        uint256 totalDebt,
        uint256 totalPositiveCash,
        uint256 reserve,
        uint64 seq,
        bytes24 runningHash
    );
    event MarginEngineSet(address indexed engine, uint64 seq, bytes24 runningHash);

    // ---- owners ----
    function create(address owner) external returns (uint64 account);
    function setDelegate(uint64 account, address delegate, bool allowed) external;
    /// @notice Anyone may deposit into any account, in any mode. `amount` in token units.
    function deposit(uint64 account, uint256 amount) external;
    /// @notice Passes only if creditedEquity after it is at least the initial requirement; mode must be NORMAL. `to` pulls the
    /// tokens from `ILedgerModules.payouts`, whose limit on net outflow applies.
    function withdraw(uint64 account, uint256 amount, address to) external;

    /// @notice Books interest up to now and its reserve to the insurance fund. Anyone may, at any time.
    function accrueInterest() external returns (uint256 reserve);

    // ---- modules ----
    /// @notice Moves `quantity` (> 0) of `instrument` from seller to buyer at `price`.
    function settleTrade(uint64 buyer, uint64 seller, InstrumentId instrument, uint128 quantity, uint96 price)
        external;
    /// @notice Moves `fraction` (WAD) of every leg, entry values in proportion, each leg rounded toward zero.
    function takeOver(uint64 from, uint64 to, uint256 fraction) external;
    /// @notice Moves legs as named, entry values in proportion; none may exceed, or have another sign than, what `from` holds.
    function moveLegs(uint64 from, uint64 to, Leg[] calldata legs) external;
    /// @notice Moves cash between accounts; `from` may become negative, so the caller decides what is allowed.
    function moveCash(uint64 from, uint64 to, uint256 amount, uint8 reason) external;
    /// @notice Closes an expired leg at `payoff` per unit, rounded against the account.
    function closeExpired(uint64 account, InstrumentId instrument, uint256 payoff)
        external
        returns (int256 cashChange);
    /// @notice Writes off an account's negative cash against all positive cash, pro rata.
    function socialise(uint64 account) external returns (uint256 loss);
    function setMarginEngine(address engine) external;

    // ---- views ----
    function token() external view returns (address);
    function accountCount() external view returns (uint64);
    /// @notice Cash after funding, interest and socialised losses up to now. Negative cash owes interest, positive cash shares what
    /// debtors pay less the reserve (`InterestModel`); debts are rounded up, cash down. Funding not yet booked bears none.
    function cashOf(uint64 account) external view returns (int256);
    /// @notice What collateral counts for at the worse price ends, for new risk, and at the better ones, for the liquidation
    /// test; WAD quote after haircut.
    function collateralValueOf(uint64 account) external view returns (int256 low, int256 high);
    function holdsCollateral(uint64 account) external view returns (bool);
    /// @notice The same with `cashOf` + `cashChange` added as it counts: below par, positive cash is worth less.
    function creditOf(uint64 account, int256 cashChange) external view returns (int256 low, int256 high);
    /// @notice `creditOf`, `portfolioNonce` and the legs as they are stored, instrument id x 2^128 + int128 quantity, which
    /// are read once for all of it.
    function portfolioOf(uint64 account, int256 cashChange)
        external
        view
        returns (int256 creditLow, int256 creditHigh, uint64 nonce, uint256[] memory packedLegs);
    function legsOf(uint64 account) external view returns (Leg[] memory);
    function hasLegs(uint64 account) external view returns (bool);
    /// @notice Sum of all long positions in perpetual and options of an underlying, units in WAD; expired ones until settled.
    function openInterest(uint16 underlying) external view returns (uint256);
    function entryValueOf(uint64 account, uint16 underlying) external view returns (int256);
    /// @notice Counts position changes of the account; attested margins are bound to it.
    function portfolioNonce(uint64 account) external view returns (uint64);
    /// @notice Counts transfers of the account token; delegates and orders are bound to it.
    function ownerEpoch(uint64 account) external view returns (uint64);
    function isAuthorised(uint64 account, address who) external view returns (bool);
    function exists(uint64 account) external view returns (bool);
    /// @notice Interest up to now: indices, totals and reserve.
    function interestNow() external view returns (Accrual memory);
    /// @notice Sum of all positive cash after socialised losses and interest, up to the last accrual.
    function totalPositiveCash() external view returns (uint256);
}
