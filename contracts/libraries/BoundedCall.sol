// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Static calls to contracts that are not trusted to answer, to stop, or to exist
/// @notice The callee gets a fixed amount of gas or the call is refused: a caller who sends too little gas could otherwise
/// choose which sources stay silent. Only the words asked for are copied, however much is returned.
/// A high-level call in a try block would not do: an address without code and malformed return data revert outside it.
library BoundedCall {
    error TooLittleGas(uint256 left, uint256 needed);

    /// @dev Above what the call itself costs the caller: a cold account, memory, the stack.
    uint256 private constant OVERHEAD = 10_000;

    /// @notice The first `words` words that `target` returns within `gasLimit`; not ok if it reverts or returns less.
    function read(address target, bytes memory data, uint256 gasLimit, uint256 words)
        internal
        view
        returns (bool ok, uint256[] memory result)
    {
        // A call passes on at most 63/64 of the gas left.
        uint256 needed = gasLimit * 64 / 63 + OVERHEAD;
        if (gasleft() < needed) revert TooLittleGas(gasleft(), needed);
        result = new uint256[](words);
        assembly ("memory-safe") {
            let size := shl(5, words)
            ok := staticcall(gasLimit, target, add(data, 32), mload(data), add(result, 32), size)
            ok := and(ok, iszero(lt(returndatasize(), size)))
        }
    }
}
