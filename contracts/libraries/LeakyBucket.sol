// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A budget that refills with time
/// @notice A bucket of `capacity` leaks it whole in `period` seconds. What is charged in any time t is therefore at most
/// capacity x (1 + t / period). The leak rounds down, so a fraction of a unit is never granted twice.
library LeakyBucket {
    struct Bucket {
        uint192 level;
        uint64 updatedAt;
    }

    /// @notice A charge that the budget does not hold: `level` before it, both in the budget's own unit.
    error BudgetExceeded(uint256 level, uint256 charge, uint256 capacity);

    /// @notice What is charged and has not leaked yet.
    function used(Bucket storage bucket, uint256 capacity, uint256 period) internal view returns (uint256) {
        return levelAt(bucket.level, block.timestamp - bucket.updatedAt, capacity, period);
    }

    /// @notice max(0, level - floor(capacity x elapsed / period)).
    function levelAt(uint256 before, uint256 elapsed, uint256 capacity, uint256 period)
        internal
        pure
        returns (uint256)
    {
        // after a whole period everything has leaked that the capacity ever allowed, and the product stays small
        if (elapsed >= period && before <= capacity) return 0;
        uint256 leaked = capacity * elapsed / period;
        return leaked >= before ? 0 : before - leaked;
    }

    /// @notice Adds `amount`; reverts where the bucket would overflow. Nothing happens for 0, so that free calls can
    /// neither postpone the leak nor lose its fractions.
    function charge(Bucket storage bucket, uint256 amount, uint256 capacity, uint256 period) internal {
        if (amount == 0) return;
        uint256 held = used(bucket, capacity, period);
        if (held > capacity || amount > capacity - held) revert BudgetExceeded(held, amount, capacity);
        _set(bucket, held + amount);
    }

    /// @notice Adds `amount` whatever the capacity: for facts, which cannot be refused. Saturates at 2^192 - 1.
    function fill(Bucket storage bucket, uint256 amount, uint256 capacity, uint256 period) internal {
        if (amount == 0) return;
        uint256 held = used(bucket, capacity, period);
        _set(bucket, amount > type(uint192).max - held ? type(uint192).max : held + amount);
    }

    function _set(Bucket storage bucket, uint256 newLevel) private {
        bucket.level = uint192(newLevel);
        bucket.updatedAt = uint64(block.timestamp);
    }
}
