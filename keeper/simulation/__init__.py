"""A market that can be owned: venues on loopback, paths of prices, recorded days, books of accounts."""
