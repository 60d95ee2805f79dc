// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title Who owns an account and who may act for it
/// @notice Delegates are keyed by the owner epoch, which every transfer raises, so that a sold account
/// comes without its former owner's delegates and orders. An ERC-721 approval is no delegation: it allows
/// the transfer of the token, nothing else.
abstract contract AccountRegistry is IMarginAccounts, ERC721, AuditTrail {
    /// @inheritdoc IMarginAccounts
    uint64 public accountCount;

    /// @inheritdoc IMarginAccounts
    mapping(uint64 account => uint64) public ownerEpoch;

    mapping(uint64 account => mapping(uint64 epoch => mapping(address delegate => bool))) private _delegates;

    constructor() ERC721("Tailguard Margin Account", "TGMA") {}

    modifier onlyExisting(uint64 account) {
        _requireExisting(account);
        _;
    }

    /// @inheritdoc IMarginAccounts
    function create(address owner) external returns (uint64 account) {
        account = ++accountCount;
        // Not _safeMint: a callback here would hand control to the receiver for no benefit.
        _mint(owner, account);
        (uint64 seq, bytes24 hash) = _advance(keccak256(abi.encode(AccountCreated.selector, account, owner)));
        emit AccountCreated(account, owner, seq, hash);
    }

    /// @inheritdoc IMarginAccounts
    function setDelegate(uint64 account, address delegate, bool allowed) external onlyExisting(account) {
        if (_ownerOf(account) != msg.sender) revert NotAuthorised(account, msg.sender);
        _delegates[account][ownerEpoch[account]][delegate] = allowed;
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(DelegateSet.selector, account, delegate, allowed)));
        emit DelegateSet(account, delegate, allowed, seq, hash);
    }

    /// @inheritdoc IMarginAccounts
    function isAuthorised(uint64 account, address who) public view returns (bool) {
        if (who == address(0)) return false;
        return _ownerOf(account) == who || _delegates[account][ownerEpoch[account]][who];
    }

    /// @inheritdoc IMarginAccounts
    function exists(uint64 account) public view returns (bool) {
        return _ownerOf(account) != address(0);
    }

    function _requireExisting(uint64 account) internal view {
        if (!exists(account)) revert UnknownAccount(account);
    }

    /// @dev Every transfer, one to the owner itself included, starts a new epoch.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from != address(0)) ++ownerEpoch[uint64(tokenId)];
    }
}
