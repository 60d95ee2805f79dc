"""Sources of prices and option marks: each speaks its venue's public wire format."""

from keeper.feeds.base import OptionBook, OptionFeed, PriceFeed, observe
from keeper.feeds.chainlink import ChainlinkFeed
from keeper.feeds.deribit import DeribitFeed
from keeper.feeds.deribit_history import DeribitHistory
from keeper.feeds.registry import (
    option_feeds_under,
    public_option_feeds,
    public_spot_feeds,
    spot_feed,
    spot_feeds_under,
)

__all__ = [
    "ChainlinkFeed",
    "DeribitFeed",
    "DeribitHistory",
    "OptionBook",
    "OptionFeed",
    "PriceFeed",
    "observe",
    "option_feeds_under",
    "public_option_feeds",
    "public_spot_feeds",
    "spot_feed",
    "spot_feeds_under",
]
