// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {OutflowLimit} from "../../../contracts/types/Collateral.sol";
import {Header, LANE_SURFACES, SurfaceRow} from "../../../contracts/types/Wire.sol";
import {RoundRows} from "../../../contracts/libraries/RoundRows.sol";
import {Actions} from "./Actions.sol";
import {TwoFacedToken} from "./TwoFacedToken.sol";

/// @notice What the honest campaign's people do, and between any two of their calls: a quorum that lies about prices and
/// surfaces, a token that calls back or takes a fee, a guardian who pauses whenever it can and strikes signers off,
/// owners who sell an account in the middle of anything, claims pulled.
contract HostileActions is Actions {
    uint256 private constant REENTRANT_CALLS = 5;
    address internal constant LOOT = address(0xCAFE);

    uint256 public lies;
    uint256 public bends;
    uint256 public reentries;
    /// @notice Calls from inside a transfer that the ledger let through.
    uint256 public reentered;
    uint256 public pauses;
    uint256 public pulled;
    uint256 public transfers;
    /// @notice Deposits refused, whatever was going on.
    uint256 public depositsRefused;
    uint256 public skimmed;
    /// @notice Deposits credited though less arrived.
    uint256 public shortDeposits;

    constructor() {
        vm.etch(address(token), address(new TwoFacedToken()).code);
        vm.recordLogs();
        payouts.setOutflowLimit(OutflowLimit(1 days, 2000));
        verifier.audit(address(pause));
        emitters.push(address(pause));
        for (uint256 i; i < PEOPLE; ++i) {
            vm.prank(owners[people[i]]);
            accounts.setDelegate(people[i], address(token), true);
        }
        verifier.follow(vm.getRecordedLogs());
    }

    /// @dev A signed price of anything from a thousandth to a thousandfold; the next refresh tells the truth again.
    function lie(uint256 bitcoin, uint256 ether_) external audited {
        vm.warp(block.timestamp + 12);
        publishPrices(_bound(bitcoin, prices[0] / 1000, prices[0] * 1000), _bound(ether_, 1e18, 1e24), 20);
        ++rounds[0];
        ++lies;
    }

    /// @dev One surface of any volatility and basis that the box lets through.
    function bendSurface(uint256 which, uint256 volatility, int256 basis) external audited {
        vm.warp(block.timestamp + 12);
        SurfaceRow[] memory rows = new SurfaceRow[](1);
        rows[0] = surfaceRow(which % 2 == 0 ? BTC : ETH, FAR, _bound(volatility, 0.01e18, 6e18));
        rows[0].basis = int64(_bound(basis, -0.06e12, 0.06e12));
        Header memory head = header(LANE_SURFACES);
        bytes memory packed = RoundRows.pack(rows);
        lanes.publishSurfaces(head, packed, sign(head, keccak256(packed)));
        ++rounds[1];
        ++bends;
    }

    /// @dev The token calls back into the ledger, as a delegate, in the middle of a withdrawal.
    function withdrawReentrantly(uint256 who, uint256 amount, uint256 which) external audited {
        uint64 account = person(who);
        TwoFacedToken evil = TwoFacedToken(address(token));
        vm.prank(owners[account]);
        accounts.setDelegate(account, address(token), true);
        evil.arm(address(accounts), _payload(account, which % REENTRANT_CALLS));
        vm.prank(owners[account]);
        accounts.withdraw(account, _bound(amount, 1, 20_000e6), LOOT);
        ++reentries;
        if (evil.called() && evil.succeeded()) ++reentered;
        evil.arm(address(0), "");
    }

    /// @dev A deposit of which a part does not arrive.
    function depositSkimmed(uint256 who, uint256 amount, uint256 feeBps) external audited {
        amount = _bound(amount, 10_000, 5000e6);
        token.mint(address(this), amount);
        token.approve(address(accounts), amount);
        TwoFacedToken(address(token)).setFee(_bound(feeBps, 1, 9999));
        try accounts.deposit(person(who), amount) {
            ++shortDeposits;
        } catch {
            ++skimmed;
        }
        TwoFacedToken(address(token)).setFee(0);
        token.approve(address(accounts), 0);
    }

    /// @dev Mostly short ones, for nothing else is tried meanwhile; some longer than allowed.
    function pauseTrading(uint256 length) external audited {
        pause.pause(uint64(block.timestamp + 1 + (_bound(length, 1, 80 hours) >> (length % 16))), "hostile");
        ++pauses;
    }

    /// @dev Sold and bought back: delegates and orders die, whatever the account is in the middle of.
    function sellAccount(uint256 who) external audited {
        uint64 account = person(who);
        address owner = owners[account];
        vm.startPrank(owner);
        accounts.transferFrom(owner, address(this), account);
        vm.stopPrank();
        accounts.transferFrom(address(this), owner, account);
        ++transfers;
    }

    /// @dev A deposit of one unit at any time, through lies, pauses, outages and auctions.
    function depositAlways(uint256 who) external audited {
        token.mint(address(this), 1);
        token.approve(address(accounts), 1);
        try accounts.deposit(person(who), 1) {}
        catch {
            ++depositsRefused;
        }
    }

    function pull() external audited {
        vm.prank(LOOT);
        pulled += payouts.claim(address(token), LOOT);
    }

    function _payload(uint64 account, uint256 which) private view returns (bytes memory) {
        if (which == 0) return abi.encodeCall(accounts.withdraw, (account, 1e6, LOOT));
        if (which == 1) return abi.encodeCall(accounts.deposit, (account, 1));
        if (which == 2) return abi.encodeCall(accounts.moveCash, (account, whale, 1e18, 0));
        if (which == 3) return abi.encodeCall(accounts.takeOver, (account, whale, 1e18));
        return abi.encodeCall(accounts.socialise, (account));
    }

    /// @notice Held by the payouts, owed by them, and the one recipient's claim.
    function owedByPayouts() external view returns (uint256 held, uint256 owed, uint256 claims) {
        held = token.balanceOf(address(payouts));
        owed = payouts.owed(address(token));
        claims = payouts.claimOf(address(token), LOOT);
    }

    /// @notice Net outflow remembered now, and the most it may be.
    function outflow() external view returns (int256 net, uint256 most) {
        net = payouts.netOutflow(address(accounts), address(token));
        uint256 base = token.balanceOf(address(accounts)) + (net > 0 ? uint256(net) : 0);
        most = base * payouts.outflowLimit().limitBps / 10_000;
    }

    function paused() external view returns (uint256 since, uint256 until) {
        return (pause.pausedSince(), pause.pausedUntil());
    }

    function quorum() external view returns (uint256 signers_, uint256 threshold_) {
        return (lanes.signers().length, lanes.threshold());
    }
}
