// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TradeSettlement} from "../../../contracts/accounts/TradeSettlement.sol";
import {IPriceBand} from "../../../contracts/interfaces/IPriceBand.sol";
import {Order} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {ListingMock} from "../mocks/LedgerMocks.sol";
import {PriceBandMock} from "../mocks/PriceBandMock.sol";
import {TermsMock} from "../mocks/TermsMock.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

/// @notice A signed order.
struct SignedOrder {
    Order order;
    address signer;
    bytes signature;
}

/// @title A trade settlement on the ledger, and traders with keys
abstract contract OrderFixture is LedgerFixture {
    uint256 internal constant BUYER_KEY = 0xb1;
    uint256 internal constant SELLER_KEY = 0x5e;
    uint256 internal constant STRANGER_KEY = 0x57;

    TradeSettlement internal settlement;
    ListingMock internal listing;
    TermsMock internal terms;
    PriceBandMock internal band;
    address internal buyerOwner = vm.addr(BUYER_KEY);
    address internal sellerOwner = vm.addr(SELLER_KEY);
    uint64 internal buyer;
    uint64 internal seller;

    function setUp() public virtual override {
        super.setUp();
        listing = new ListingMock();
        listing.list(EXPIRY);
        terms = new TermsMock();
        band = new PriceBandMock();
        settlement =
            new TradeSettlement(address(ledger), address(listing), address(terms), IPriceBand(address(band)));
        manager.grantRole(LEDGER_ROLE, address(settlement), 0);
        buyer = _open(buyerOwner, 1_000);
        seller = _open(sellerOwner, 1_000);
    }

    function _order(uint64 account, InstrumentId instrument, int128 quantity, uint96 limit)
        internal
        view
        returns (Order memory)
    {
        return Order({
            account: account,
            instrument: instrument,
            quantity: quantity,
            limitPrice: limit,
            minimumFill: 0,
            expiry: uint64(block.timestamp + 1 hours),
            ownerEpoch: ledger.ownerEpoch(account),
            salt: 1
        });
    }

    function _sign(Order memory order, uint256 key) internal view returns (SignedOrder memory) {
        return SignedOrder(order, vm.addr(key), _signature(settlement.orderHash(order), key));
    }

    function _signature(bytes32 hash, uint256 key) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s, v);
    }

    function _buy(int128 quantity) internal view returns (SignedOrder memory) {
        return _sign(_order(buyer, perpetual, quantity, 101e18), BUYER_KEY);
    }

    function _sell(int128 quantity) internal view returns (SignedOrder memory) {
        return _sign(_order(seller, perpetual, -quantity, 99e18), SELLER_KEY);
    }

    function _settle(SignedOrder memory b, SignedOrder memory s, uint128 quantity, uint96 price) internal {
        settlement.settle(b.order, b.signer, b.signature, s.order, s.signer, s.signature, quantity, price);
    }
}
