// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TradeSettlement} from "../../../contracts/accounts/TradeSettlement.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IPriceBand} from "../../../contracts/interfaces/IPriceBand.sol";
import {ITradeSettlement, Order} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {ContractWalletMock} from "../mocks/LedgerMocks.sol";
import {OrderFixture, SignedOrder} from "./OrderFixture.sol";

contract TradeSettlementTest is OrderFixture {
    // ---- what passes ----

    function test_settle_MovesThePosition() public {
        _settle(_buy(2e18), _sell(2e18), 2e18, 100e18);
        assertEq(_quantity(buyer, perpetual), 2e18);
        assertEq(_quantity(seller, perpetual), -2e18);
        assertEq(ledger.entryValueOf(buyer, 1), 200e18);
    }

    function test_settle_ByDelegateKey() public {
        vm.prank(buyerOwner);
        ledger.setDelegate(buyer, vm.addr(STRANGER_KEY), true);
        SignedOrder memory b = _sign(_buy(1e18).order, STRANGER_KEY);
        _settle(b, _sell(1e18), 1e18, 100e18);
        assertEq(_quantity(buyer, perpetual), 1e18);
    }

    function test_settle_ByContractWallet() public {
        ContractWalletMock wallet = new ContractWalletMock(vm.addr(BUYER_KEY));
        uint64 account = _open(address(wallet), 100);
        Order memory order = _order(account, perpetual, 1e18, 101e18);
        SignedOrder memory b =
            SignedOrder(order, address(wallet), _signature(settlement.orderHash(order), BUYER_KEY));
        _settle(b, _sell(1e18), 1e18, 100e18);
        assertEq(_quantity(account, perpetual), 1e18);
    }

    function test_settle_PartialFillsAddUp(uint8[5] memory lots) public {
        SignedOrder memory b = _buy(20e18);
        SignedOrder memory s = _sell(20e18);
        uint256 sum;
        for (uint256 i; i < lots.length; ++i) {
            uint128 quantity = (uint128(lots[i]) + 1) * 0.01e18;
            _settle(b, s, quantity, 100e18);
            sum += quantity;
            assertEq(settlement.filled(settlement.orderHash(b.order)), sum);
            assertEq(settlement.filled(settlement.orderHash(s.order)), sum);
        }
        assertEq(_quantity(buyer, perpetual), int256(sum));
        uint256 left = 20e18 - sum;
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.OrderOverfilled.selector, settlement.orderHash(b.order), left + 0.01e18, left
            )
        );
        _settle(b, s, uint128(left + 0.01e18), 100e18);
        if (left != 0) _settle(b, s, uint128(left), 100e18);
        assertEq(_quantity(buyer, perpetual), 20e18);
    }

    /// @dev Whatever price a matcher tries, what passes lies inside both limits.
    function testFuzz_settle_PriceInsideBothLimits(uint96 price) public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        if (price > 101e18 || price < 99e18) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ITradeSettlement.PriceOutsideLimit.selector, price, uint96(101e18), uint96(99e18)
                )
            );
        }
        _settle(b, s, 1e18, price);
    }

    /// @dev The type string, the fields' order and the domain, spelled out once more.
    function test_orderHash_IsTheTypedDataDigest() public view {
        Order memory o = _buy(1e18).order;
        bytes32 typeHash = keccak256(
            "Order(uint64 account,uint104 instrument,int128 quantity,uint96 limitPrice,uint128 minimumFill,uint64 expiry,uint64 ownerEpoch,uint256 salt)"
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Tailguard"),
                keccak256("1"),
                block.chainid,
                address(settlement)
            )
        );
        bytes memory head = abi.encode(typeHash, o.account, o.instrument, o.quantity, o.limitPrice);
        bytes memory tail = abi.encode(o.minimumFill, o.expiry, o.ownerEpoch, o.salt);
        bytes32 structHash = keccak256(bytes.concat(head, tail));
        assertEq(settlement.orderHash(o), keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        assertEq(settlement.domainSeparator(), domain);
    }

    // ---- replay ----

    function test_settle_FailsIf_Replayed() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(5e18);
        _settle(b, s, 1e18, 100e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.OrderOverfilled.selector, settlement.orderHash(b.order), 1e18, 0
            )
        );
        _settle(b, s, 1e18, 100e18);
    }

    /// @dev A second signature of the same order (other s half, EIP-2098, a delegate's) fills the same order.
    function test_settle_FailsIf_ReplayedWithOtherSignature() public {
        SignedOrder memory b = _buy(1e18);
        _settle(b, _sell(5e18), 1e18, 100e18);
        vm.prank(buyerOwner);
        ledger.setDelegate(buyer, vm.addr(STRANGER_KEY), true);
        SignedOrder memory again = _sign(b.order, STRANGER_KEY);
        SignedOrder memory s = _sell(5e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.OrderOverfilled.selector, settlement.orderHash(b.order), 1e18, 0
            )
        );
        _settle(again, s, 1e18, 100e18);
    }

    function test_settle_FailsIf_OtherChain() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.BadOrderSignature.selector, settlement.orderHash(b.order), buyerOwner
            )
        );
        _settle(b, s, 1e18, 100e18);
    }

    function test_settle_FailsIf_OtherContract() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        settlement =
            new TradeSettlement(address(ledger), address(listing), address(terms), IPriceBand(address(band)));
        manager.grantRole(LEDGER_ROLE, address(settlement), 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.BadOrderSignature.selector, settlement.orderHash(b.order), buyerOwner
            )
        );
        _settle(b, s, 1e18, 100e18);
    }

    // ---- who ----

    function test_settle_FailsIf_SignerIsStranger() public {
        SignedOrder memory b = _sign(_buy(1e18).order, STRANGER_KEY);
        SignedOrder memory s = _sell(1e18);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginAccounts.NotAuthorised.selector, buyer, vm.addr(STRANGER_KEY))
        );
        _settle(b, s, 1e18, 100e18);
    }

    function test_settle_FailsIf_SignatureIsAnothers() public {
        SignedOrder memory b = _sign(_buy(1e18).order, STRANGER_KEY);
        b.signer = buyerOwner;
        SignedOrder memory s = _sell(1e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.BadOrderSignature.selector, settlement.orderHash(b.order), buyerOwner
            )
        );
        _settle(b, s, 1e18, 100e18);
    }

    /// @dev Any field changed after signing makes the signature another's.
    function testFuzz_settle_FailsIf_OrderAltered(uint8 field, uint64 by) public {
        vm.assume(by != 0);
        SignedOrder memory s = _sell(1e18);
        SignedOrder memory b = _buy(1e18);
        by = uint64(bound(by, 1, 1e12));
        if (field % 5 == 0) b.order.quantity += int128(uint128(by));
        if (field % 5 == 1) b.order.limitPrice += by;
        if (field % 5 == 2) b.order.minimumFill += by;
        if (field % 5 == 3) b.order.expiry += by;
        if (field % 5 == 4) b.order.salt += by;
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.BadOrderSignature.selector, settlement.orderHash(b.order), buyerOwner
            )
        );
        _settle(b, s, 1e18, 100e18);
    }

    function test_settle_FailsIf_AccountWasTransferred() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        vm.startPrank(buyerOwner);
        ledger.transferFrom(buyerOwner, buyerOwner, buyer);
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.WrongOwnerEpoch.selector, settlement.orderHash(b.order), 0, 1
            )
        );
        _settle(b, s, 1e18, 100e18);
    }

    function test_settle_FailsIf_DelegateRevokedByTransfer() public {
        vm.startPrank(buyerOwner);
        ledger.setDelegate(buyer, vm.addr(STRANGER_KEY), true);
        ledger.transferFrom(buyerOwner, alice, buyer);
        vm.stopPrank();
        SignedOrder memory b = _sign(_order(buyer, perpetual, 1e18, 101e18), STRANGER_KEY);
        SignedOrder memory s = _sell(1e18);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginAccounts.NotAuthorised.selector, buyer, vm.addr(STRANGER_KEY))
        );
        _settle(b, s, 1e18, 100e18);
    }
}
