// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Order} from "../../contracts/interfaces/ITradeSettlement.sol";
import {CALL, InstrumentId, Instruments, PERPETUAL, PUT} from "../../contracts/types/Instrument.sol";
import {SystemRounds} from "./SystemRounds.sol";

/// @notice People on the system: accounts with a key, deposits, and trades between two of them.
abstract contract SystemMarket is SystemRounds {
    mapping(uint64 account => uint256) internal ownerKeys;
    mapping(uint64 account => address) internal owners;
    uint256 private _salt;

    /// @notice A new account of a named owner with `deposited` token units.
    function open(string memory name, uint256 deposited) internal returns (uint64 account) {
        (address owner, uint256 key) = makeAddrAndKey(name);
        account = accounts.create(owner);
        (owners[account], ownerKeys[account]) = (owner, key);
        deposit(account, deposited);
    }

    function deposit(uint64 account, uint256 amount) internal {
        if (amount == 0) return;
        token.mint(address(this), amount);
        token.approve(address(accounts), amount);
        accounts.deposit(account, amount);
    }

    function contribute(uint256 amount) internal {
        token.mint(address(this), amount);
        token.approve(address(fund), amount);
        fund.contribute(amount);
    }

    function trade(uint64 buyer, uint64 seller, InstrumentId instrument, uint256 quantity, uint256 price)
        internal
    {
        Order memory buy = order(buyer, instrument, int128(int256(quantity)), uint96(price));
        Order memory sell = order(seller, instrument, -int128(int256(quantity)), uint96(price));
        trades.settle(
            buy,
            owners[buyer],
            signOrder(buy),
            sell,
            owners[seller],
            signOrder(sell),
            uint128(quantity),
            uint96(price)
        );
    }

    function bid(uint64 account, uint64 bidder, uint256 fraction) internal returns (uint256 taken) {
        vm.prank(owners[bidder]);
        return liquidation.bid(account, bidder, fraction, 0);
    }

    /// @notice Lets live time pass: prices and surfaces every five minutes, the auction clock read at each.
    function passLive(uint256 seconds_, uint256 bitcoinPrice, uint256 etherPrice) internal {
        while (seconds_ != 0) {
            uint256 step = seconds_ < 5 minutes ? seconds_ : 5 minutes;
            vm.warp(block.timestamp + step);
            publishPrices(bitcoinPrice, etherPrice, 10);
            publishSurfaces(0.7e18);
            liquidation.tick();
            seconds_ -= step;
        }
    }

    function settleAccount(uint64 account) internal returns (uint256 legs) {
        uint64[] memory list = new uint64[](1);
        list[0] = account;
        return settlement.settle(list);
    }

    function order(uint64 account, InstrumentId instrument, int128 quantity, uint96 price)
        internal
        returns (Order memory)
    {
        return Order({
            account: account,
            instrument: instrument,
            quantity: quantity,
            limitPrice: price,
            minimumFill: 0,
            expiry: uint64(block.timestamp + 60),
            ownerEpoch: accounts.ownerEpoch(account),
            salt: ++_salt
        });
    }

    function signOrder(Order memory order_) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ownerKeys[order_.account], trades.orderHash(order_));
        return abi.encodePacked(r, s, v);
    }

    function perpetual(uint16 underlying) internal pure returns (InstrumentId) {
        return Instruments.encode(underlying, 0, 0, PERPETUAL);
    }

    /// @param strike whole quote units
    function call(uint16 underlying, uint32 expiry, uint256 strike) internal pure returns (InstrumentId) {
        return Instruments.encode(underlying, expiry, uint48(strike * 1e6), CALL);
    }

    function put(uint16 underlying, uint32 expiry, uint256 strike) internal pure returns (InstrumentId) {
        return Instruments.encode(underlying, expiry, uint48(strike * 1e6), PUT);
    }
}
