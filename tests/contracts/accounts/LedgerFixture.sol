// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {MarginAccounts} from "../../../contracts/accounts/MarginAccounts.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {CALL, InstrumentId, Instruments, Leg, PERPETUAL} from "../../../contracts/types/Instrument.sol";
import {LedgerEngineMock} from "../mocks/LedgerEngineMock.sol";
import {LiquidationFlagMock} from "../mocks/LedgerMocks.sol";
import {MockToken} from "../mocks/MockToken.sol";
import {UnlimitedPayouts} from "../mocks/UnlimitedPayouts.sol";

/// @title A ledger with a real access manager; the test contract holds the ledger role
abstract contract LedgerFixture is Test {
    uint64 internal constant LEDGER_ROLE = 1;
    uint64 internal constant GOVERNOR_ROLE = 2;
    uint32 internal constant EXPIRY = 1_700_000_000 - 1_700_000_000 % 1 days + 30 days + 8 hours;
    uint256 internal constant UNIT = 1e6;

    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal governor = makeAddr("governor");

    AccessManager internal manager;
    UnlimitedPayouts internal payouts;
    MarginAccounts internal ledger;
    MockToken internal token;
    LedgerEngineMock internal engine;
    LiquidationFlagMock internal liquidation;

    InstrumentId internal perpetual = Instruments.encode(1, 0, 0, PERPETUAL);
    InstrumentId internal call = Instruments.encode(1, EXPIRY, 100e6, CALL);

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        token = _newToken();
        manager = new AccessManager(address(this));
        payouts = new UnlimitedPayouts(address(manager));
        ledger = new MarginAccounts(address(token), address(manager), payouts);
        engine = new LedgerEngineMock(ledger);
        liquidation = new LiquidationFlagMock();
        engine.setMark(perpetual, 100e18);
        engine.setMark(call, 10e18);
        _grant();
        vm.startPrank(governor);
        ledger.setMarginEngine(address(engine));
        ledger.setLiquidation(address(liquidation));
        vm.stopPrank();
    }

    function _newToken() internal virtual returns (MockToken) {
        return new MockToken();
    }

    function _grant() private {
        bytes4[] memory modules = new bytes4[](5);
        modules[0] = IMarginAccounts.settleTrade.selector;
        modules[1] = IMarginAccounts.takeOver.selector;
        modules[2] = IMarginAccounts.moveCash.selector;
        modules[3] = IMarginAccounts.closeExpired.selector;
        modules[4] = IMarginAccounts.socialise.selector;
        manager.setTargetFunctionRole(address(ledger), modules, LEDGER_ROLE);
        manager.grantRole(LEDGER_ROLE, address(this), 0);
        bytes4[] memory setters = new bytes4[](2);
        setters[0] = IMarginAccounts.setMarginEngine.selector;
        setters[1] = MarginAccounts(address(0)).setLiquidation.selector;
        manager.setTargetFunctionRole(address(ledger), setters, GOVERNOR_ROLE);
        manager.grantRole(GOVERNOR_ROLE, governor, 0);
    }

    /// @dev A new account with whole tokens of cash.
    function _open(address owner, uint256 tokens) internal returns (uint64 account) {
        account = ledger.create(owner);
        if (tokens != 0) _deposit(account, tokens * UNIT);
    }

    function _deposit(uint64 account, uint256 amount) internal {
        token.mint(address(this), amount);
        token.approve(address(ledger), amount);
        ledger.deposit(account, amount);
    }

    function _quantity(uint64 account, InstrumentId instrument) internal view returns (int128) {
        Leg[] memory legs = ledger.legsOf(account);
        for (uint256 i; i < legs.length; ++i) {
            if (InstrumentId.unwrap(legs[i].instrument) == InstrumentId.unwrap(instrument)) {
                return legs[i].quantity;
            }
        }
        return 0;
    }

    /// @dev Call number n, each with its own strike.
    function _strike(uint256 n) internal pure returns (InstrumentId) {
        return Instruments.encode(1, EXPIRY, uint48((n + 1) * 1e6), CALL);
    }
}
