// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IPriceSource, ISequencerUptime} from "../interfaces/IPriceSource.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {PriceCombination} from "../libraries/PriceCombination.sol";
import {PriceWidth} from "../libraries/PriceWidth.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";
import {PriceInterval} from "../types/Margin.sol";

/// @title The independent on-chain sources of each underlying
/// @notice Trust: holders of the governing role choose them.
abstract contract PriceSources is IPriceIntervals, SettingsAnnex {
    /// @dev Each is called in every margin check of an account that holds the underlying.
    uint256 private constant MOST_SOURCES = 4;
    /// @dev A feed behind a proxy answers in 15,000 to 30,000; an adapter passes on two thirds of this.
    uint256 private constant SOURCE_GAS = 150_000;
    /// @dev As on the signed lane: a price known no better than to a half is no price.
    uint256 private constant LEAST_PRICE_PER_CONFIDENCE = 2;

    /// @inheritdoc IPriceIntervals
    address public sequencerUptime;
    mapping(uint16 underlying => address[]) private _sources;

    /// @inheritdoc IPriceIntervals
    function setSources(uint16 underlying, address[] calldata sources_) external restricted {
        // No price is listed without a volatility, nor the other way round.
        if (parameters.underlyingConfig(underlying).ageVolatility == 0) {
            revert IRiskParameters.UnlistedUnderlying(underlying);
        }
        if (sources_.length > MOST_SOURCES) revert TooManySources(sources_.length, MOST_SOURCES);
        PriceInterval memory known = _known(underlying);
        address[4] memory places;
        for (uint256 i; i < sources_.length; ++i) {
            _requireDistinct(sources_, i);
            if (!_isListed(underlying, sources_[i])) _requireAgrees(underlying, sources_[i], known);
            places[i] = sources_[i];
        }
        _sources[underlying] = sources_;
        _recordSources(underlying, places);
        _noteSettings();
    }

    /// @inheritdoc IPriceIntervals
    // slither-disable-next-line missing-zero-check zero: no rollup, no sequencer to ask
    function setSequencerUptime(address uptime) external restricted {
        sequencerUptime = uptime;
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(SequencerUptimeSet.selector, uptime)));
        emit SequencerUptimeSet(uptime, seq, runningHash);
        _noteSettings();
    }

    /// @inheritdoc IPriceIntervals
    function sources(uint16 underlying) external view returns (address[] memory) {
        return _sources[underlying];
    }

    /// @inheritdoc IPriceIntervals
    function readings(uint16 underlying) external view returns (PriceInterval[] memory) {
        return _readings(underlying, parameters.underlyingConfig(underlying).ageVolatility);
    }

    /// @inheritdoc SettingsAnnex
    /// @dev The sequencer uptime, then the sources of each underlying in turn, each hashed onto what came before.
    function settingsDigest() public view override returns (bytes32 digest) {
        uint16 count = parameters.underlyingCount();
        digest = keccak256(abi.encode(sequencerUptime));
        for (uint16 underlying = 1; underlying <= count; ++underlying) {
            digest = keccak256(abi.encode(digest, _sources[underlying]));
        }
    }

    /// @dev The interval in force, or no answer.
    function _known(uint16 underlying) internal view virtual returns (PriceInterval memory);

    /// @dev What each source answers; while the sequencer is not up none does.
    function _readings(uint16 underlying, uint256 volatility)
        internal
        view
        returns (PriceInterval[] memory list)
    {
        address[] memory from = _sources[underlying];
        if (from.length == 0 || !_sequencerIsUp()) return list;
        list = new PriceInterval[](from.length);
        for (uint256 i; i < from.length; ++i) {
            list[i] = _reading(from[i], volatility);
        }
    }

    function _reading(address source, uint256 volatility) private view returns (PriceInterval memory answer) {
        (bool ok, uint256[] memory words) =
            BoundedCall.read(source, abi.encodeCall(IPriceSource.read, ()), SOURCE_GAS, 3);
        if (!ok) return answer;
        (uint256 price, uint256 confidence, uint256 observedAt) = (words[0], words[1], words[2]);
        if (price == 0 || price > type(uint96).max || confidence > price / LEAST_PRICE_PER_CONFIDENCE) {
            return answer;
        }
        if (observedAt == 0 || observedAt > block.timestamp) return answer;
        return PriceWidth.widen(price, confidence, observedAt, volatility);
    }

    function _sequencerIsUp() private view returns (bool) {
        address uptime = sequencerUptime;
        if (uptime == address(0)) return true;
        (bool ok, uint256[] memory words) =
            BoundedCall.read(uptime, abi.encodeCall(ISequencerUptime.isUp, ()), SOURCE_GAS, 1);
        return ok && words[0] == 1;
    }

    function _requireDistinct(address[] calldata sources_, uint256 place) private pure {
        for (uint256 i; i < place; ++i) {
            if (sources_[i] == sources_[place]) revert DuplicateSource(sources_[place]);
        }
    }

    function _isListed(uint16 underlying, address source) private view returns (bool) {
        address[] memory listed = _sources[underlying];
        for (uint256 i; i < listed.length; ++i) {
            if (listed[i] == source) return true;
        }
        return false;
    }

    function _requireAgrees(uint16 underlying, address source, PriceInterval memory known) private view {
        if (known.observedAt == 0) return;
        PriceInterval memory answer = _reading(source, parameters.underlyingConfig(underlying).ageVolatility);
        if (answer.observedAt == 0 || !PriceCombination.overlap(answer, known)) {
            revert SourceDisagrees(source, answer.price, known.low, known.high);
        }
    }

    function _recordSources(uint16 underlying, address[4] memory list) private {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(SourcesSet.selector, underlying, list)));
        emit SourcesSet(underlying, list[0], list[1], list[2], list[3], seq, runningHash);
    }
}
