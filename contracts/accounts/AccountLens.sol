// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Leg} from "../types/Instrument.sol";

/// @notice One account as the ledger has it.
/// @param cash WAD, after funding and socialised losses up to now
/// @param entryValues WAD, of the perpetual of underlying u at place u - 1
struct AccountView {
    uint64 account;
    address owner;
    int256 cash;
    uint64 portfolioNonce;
    uint64 ownerEpoch;
    int256[] entryValues;
    Leg[] legs;
}

/// @title Reads many accounts in one call, for callers off chain
contract AccountLens {
    IMarginAccounts public immutable ledger;
    IRiskParameters public immutable parameters;

    constructor(address ledger_, address parameters_) {
        ledger = IMarginAccounts(ledger_);
        parameters = IRiskParameters(parameters_);
    }

    /// @notice Up to `count` accounts from id `from` on (ids start at 1), fewer at the end, and how many exist.
    function accounts(uint64 from, uint64 count)
        public
        view
        returns (AccountView[] memory page, uint64 total)
    {
        total = ledger.accountCount();
        uint256 first = from == 0 ? 1 : from;
        uint256 left = first > total ? 0 : total - first + 1;
        page = new AccountView[](count < left ? count : left);
        uint16 underlyings = parameters.underlyingCount();
        for (uint256 i; i < page.length; ++i) {
            page[i] = _read(uint64(first + i), underlyings);
        }
    }

    /// @notice The same with the block it was read in.
    function snapshot(uint64 from, uint64 count)
        external
        view
        returns (uint256 blockNumber, uint256 blockTimestamp, AccountView[] memory page, uint64 total)
    {
        (page, total) = accounts(from, count);
        return (block.number, block.timestamp, page, total);
    }

    function _read(uint64 account, uint16 underlyings) private view returns (AccountView memory v) {
        v.account = account;
        v.owner = IERC721(address(ledger)).ownerOf(account);
        v.cash = ledger.cashOf(account);
        v.portfolioNonce = ledger.portfolioNonce(account);
        v.ownerEpoch = ledger.ownerEpoch(account);
        v.entryValues = new int256[](underlyings);
        for (uint16 u = 1; u <= underlyings; ++u) {
            v.entryValues[u - 1] = ledger.entryValueOf(account, u);
        }
        v.legs = ledger.legsOf(account);
    }
}
