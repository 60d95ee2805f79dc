// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {UnderlyingConfig} from "../../../contracts/interfaces/IRiskParameters.sol";
import {MockToken} from "./MockToken.sol";

/// @notice Says which accounts are in liquidation.
contract LiquidationFlagMock {
    mapping(uint64 account => bool) public inLiquidation;
    bool public exitGateClosed;

    function closeExitGate(bool closed) external {
        exitGateClosed = closed;
    }

    function set(uint64 account, bool running) external {
        inLiquidation[account] = running;
    }
}

/// @notice Lists underlyings and expiries.
contract ListingMock {
    uint16 public underlyingCount = 2;
    mapping(uint32 expiry => bool) public isExpiryListed;
    uint96 public lotSize = 0.01e18;

    function list(uint32 expiry) external {
        isExpiryListed[expiry] = true;
    }

    function underlyingConfig(uint16 underlying) external view returns (UnderlyingConfig memory) {
        return UnderlyingConfig(underlying != 0 && underlying <= underlyingCount, 0, 0, lotSize);
    }
}

/// @notice Keeps one percent of every transfer.
contract FeeTokenMock is MockToken {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0)) super._update(to, address(0), value / 100);
    }
}

/// @notice Calls a target in the middle of every transfer.
contract ReentrantTokenMock is MockToken {
    address public target;
    bytes public data;
    bool public succeeded;
    bytes public result;

    function arm(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (target != address(0) && from != address(0)) (succeeded, result) = target.call(data);
    }
}

/// @notice Returns false instead of reverting, as some tokens do.
contract FalseTokenMock is MockToken {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// @notice A contract wallet whose signatures are those of one key.
contract ContractWalletMock {
    address public immutable key;

    constructor(address key_) {
        key = key_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return ECDSA.recover(hash, signature) == key ? this.isValidSignature.selector : bytes4(0);
    }
}

/// @notice A token of any number of decimals.
contract DecimalsTokenMock is ERC20("Decimals", "DEC") {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
