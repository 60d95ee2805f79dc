// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IRiskParameters, UnderlyingConfig} from "../interfaces/IRiskParameters.sol";
import {IPriceBand} from "../interfaces/IPriceBand.sol";
import {ITradeSettlement, Order} from "../interfaces/ITradeSettlement.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {InstrumentId} from "../types/Instrument.sol";
import {TradeMargin} from "./TradeMargin.sol";

/// @title Settles trades from two signed orders
/// @notice See ITradeSettlement. Whoever matches chooses quantity and price, but only inside what both orders
/// allow; an order is named by its EIP-712 digest, so it is worth nothing on another chain or contract.
contract TradeSettlement is ITradeSettlement, EIP712, AuditTrail, TradeMargin {
    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(uint64 account,uint104 instrument,int128 quantity,uint96 limitPrice,uint128 minimumFill,uint64 expiry,uint64 ownerEpoch,uint256 salt)"
    );

    IRiskParameters public immutable parameters;

    /// @inheritdoc ITradeSettlement
    mapping(bytes32 orderHash => uint256) public filled;

    /// @inheritdoc ITradeSettlement
    mapping(bytes32 orderHash => bool) public cancelled;

    constructor(address accounts_, address parameters_, address terms_, IPriceBand band_)
        EIP712("Tailguard", "1")
        TradeMargin(accounts_, terms_, band_)
    {
        parameters = IRiskParameters(parameters_);
    }

    /// @inheritdoc ITradeSettlement
    function settle(
        Order calldata buy,
        address buySigner,
        bytes calldata buySignature,
        Order calldata sell,
        address sellSigner,
        bytes calldata sellSignature,
        uint128 quantity,
        uint96 price
    ) external {
        bytes32 buyHash = orderHash(buy);
        bytes32 sellHash = orderHash(sell);
        _requireMatch(buy, sell, buyHash, sellHash, price);
        _requireTradeable(buy.instrument, quantity);
        _requireSigned(buy, buyHash, buySigner, buySignature);
        _requireSigned(sell, sellHash, sellSigner, sellSignature);
        _fill(buy, buyHash, quantity);
        _fill(sell, sellHash, quantity);
        _trade(buy.account, sell.account, buy.instrument, quantity, price);
        _emitTrade([buyHash, sellHash], buy.account, sell.account, buy.instrument, quantity, price);
    }

    /// @inheritdoc ITradeSettlement
    function cancel(Order calldata order) external {
        bytes32 hash = orderHash(order);
        if (!accounts.isAuthorised(order.account, msg.sender)) {
            revert IMarginAccounts.NotAuthorised(order.account, msg.sender);
        }
        if (cancelled[hash]) revert OrderCancelled(hash);
        cancelled[hash] = true;
        (uint64 seq, bytes24 trail) =
            _advance(keccak256(abi.encode(OrderVoided.selector, hash, order.account)));
        emit OrderVoided(hash, order.account, seq, trail);
    }

    /// @inheritdoc ITradeSettlement
    /// @dev The digest that is signed.
    function orderHash(Order calldata order) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ORDER_TYPEHASH, order)));
    }

    /// @notice The EIP-712 domain separator on this chain.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _requireMatch(
        Order calldata buy,
        Order calldata sell,
        bytes32 buyHash,
        bytes32 sellHash,
        uint96 price
    ) private pure {
        if (buy.quantity == 0 || sell.quantity == 0) revert ZeroQuantity();
        bool sameInstrument = InstrumentId.unwrap(buy.instrument) == InstrumentId.unwrap(sell.instrument);
        if (!sameInstrument || buy.quantity < 0 || sell.quantity > 0) {
            revert OrdersDoNotMatch(buyHash, sellHash);
        }
        if (buy.account == sell.account) revert SelfTrade(buy.account);
        if (price > buy.limitPrice || price < sell.limitPrice) {
            revert PriceOutsideLimit(price, buy.limitPrice, sell.limitPrice);
        }
    }

    function _requireTradeable(InstrumentId instrument, uint128 quantity) private view {
        instrument.requireWellFormed();
        if (quantity == 0) revert ZeroQuantity();
        UnderlyingConfig memory config = parameters.underlyingConfig(instrument.underlying());
        if (!config.listed) revert IRiskParameters.UnlistedUnderlying(instrument.underlying());
        if (config.lotSize != 0 && quantity % config.lotSize != 0) revert NotALot(quantity, config.lotSize);
        if (instrument.isPerpetual()) return;
        uint32 expiry = instrument.expiry();
        if (block.timestamp >= expiry) {
            revert InstrumentExpired(InstrumentId.unwrap(instrument), block.timestamp);
        }
        if (!parameters.isExpiryListed(expiry)) revert IRiskParameters.UnlistedExpiry(expiry);
    }

    /// @dev The signer must be authorised now, not when it signed: revoking a delegate voids its orders.
    function _requireSigned(Order calldata order, bytes32 hash, address signer, bytes calldata signature)
        private
        view
    {
        if (cancelled[hash]) revert OrderCancelled(hash);
        if (block.timestamp > order.expiry) revert OrderExpired(hash, order.expiry, block.timestamp);
        uint64 epoch = accounts.ownerEpoch(order.account);
        if (order.ownerEpoch != epoch) revert WrongOwnerEpoch(hash, order.ownerEpoch, epoch);
        if (!accounts.isAuthorised(order.account, signer)) {
            revert IMarginAccounts.NotAuthorised(order.account, signer);
        }
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, hash, signature)) {
            revert BadOrderSignature(hash, signer);
        }
    }

    function _fill(Order calldata order, bytes32 hash, uint128 quantity) private {
        uint256 before = filled[hash];
        uint256 remaining = _magnitude(order.quantity) - before;
        if (quantity > remaining) revert OrderOverfilled(hash, quantity, remaining);
        if (quantity < order.minimumFill && quantity != remaining) {
            revert FillTooSmall(hash, quantity, order.minimumFill);
        }
        filled[hash] = before + quantity;
    }

    function _emitTrade(
        bytes32[2] memory hashes,
        uint64 buyer,
        uint64 seller,
        InstrumentId instrument,
        uint128 quantity,
        uint96 price
    ) private {
        uint104 id = InstrumentId.unwrap(instrument);
        (uint64 seq, bytes24 trail) = _advance(
            keccak256(
                abi.encode(TradeSettled.selector, hashes[0], hashes[1], id, buyer, seller, quantity, price)
            )
        );
        emit TradeSettled(hashes[0], hashes[1], id, buyer, seller, quantity, price, seq, trail);
    }

    function _magnitude(int128 quantity) private pure returns (uint256) {
        return uint256(quantity < 0 ? -int256(quantity) : int256(quantity));
    }
}
