// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginModel, LaneLimits, ScenarioPoint} from "../../../contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {PackedLegs} from "../../../contracts/accounts/PackedLegs.sol";
import {PackedGrid} from "../../../contracts/libraries/PackedGrid.sol";
import {Attestation} from "../../../contracts/types/Attestation.sol";
import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";
import {IPriceIntervals} from "../../../contracts/interfaces/IPriceIntervals.sol";
import {CreditMark} from "../../../contracts/types/CreditMark.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {Mode, PriceInterval} from "../../../contracts/types/Margin.sol";
import {MarginRow, SurfaceRow} from "../../../contracts/types/Wire.sol";

/// @dev What the engine reads of the ledger, set by hand; one leg per instrument, as there.
contract HandLedger {
    mapping(uint64 account => Leg[]) private _legs;
    mapping(uint64 account => int256) public cashOf;
    mapping(uint64 account => uint64) public portfolioNonce;
    mapping(uint64 account => mapping(uint16 underlying => int256)) public entryValueOf;

    function hold(uint64 account, InstrumentId instrument, int128 quantity) external {
        ++portfolioNonce[account];
        Leg[] storage legs = _legs[account];
        for (uint256 i; i < legs.length; ++i) {
            if (InstrumentId.unwrap(legs[i].instrument) != InstrumentId.unwrap(instrument)) continue;
            legs[i].quantity += quantity;
            if (legs[i].quantity != 0) return;
            legs[i] = legs[legs.length - 1];
            return legs.pop();
        }
        legs.push(Leg(instrument, quantity));
    }

    function setCash(uint64 account, int256 cash) external {
        cashOf[account] = cash;
    }

    function setEntryValue(uint64 account, uint16 underlying, int256 value) external {
        entryValueOf[account][underlying] = value;
    }

    function portfolioOf(uint64 account, int256 cashChange)
        external
        view
        returns (int256 creditLow, int256 creditHigh, uint64 nonce, uint256[] memory words)
    {
        Leg[] storage legs = _legs[account];
        words = new uint256[](legs.length);
        for (uint256 i; i < words.length; ++i) {
            words[i] = PackedLegs.pack(legs[i].instrument, legs[i].quantity);
        }
        creditLow = creditHigh = cashOf[account] + cashChange;
        nonce = portfolioNonce[account];
    }

    function legsOf(uint64 account) external view returns (Leg[] memory) {
        return _legs[account];
    }
}

/// @dev Terms and credit marks by underlying, set by hand; none until then.
contract HandTerms {
    mapping(uint16 underlying => RiskTerms) private _terms;
    mapping(uint16 underlying => CreditMark) private _marks;

    function set(uint16 underlying, RiskTerms calldata terms) external {
        _terms[underlying] = terms;
    }

    function setMark(uint16 underlying, CreditMark calldata mark) external {
        _marks[underlying] = mark;
    }

    function termsOf(uint16 underlying) external view returns (RiskTerms memory, CreditMark memory) {
        return (_terms[underlying], _marks[underlying]);
    }
}

/// @dev What the engine reads of the lanes and of the price intervals, set by hand; it reverts where they do.
contract HandLanes {
    mapping(uint16 underlying => PriceInterval) private _intervals;
    mapping(bytes32 key => SurfaceRow) private _rows;
    mapping(bytes32 key => uint64) private _observedAt;
    mapping(uint64 account => Attestation) private _attestations;
    mapping(uint16 underlying => mapping(uint32 expiry => uint96)) public settlementPrice;
    mapping(uint16 underlying => mapping(uint32 expiry => uint256[2])) private _accrued;
    mapping(uint16 underlying => int256) public fundingIndex;
    Mode public mode;

    function setInterval(uint16 underlying, uint256 low, uint256 price, uint256 high, uint64 observedAt)
        external
    {
        _intervals[underlying] = PriceInterval(low, price, high, observedAt);
    }

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function setSurface(SurfaceRow calldata row, uint64 observedAt) external {
        bytes32 key = keccak256(abi.encode(row.underlying, row.expiry));
        _rows[key] = row;
        _observedAt[key] = observedAt;
    }

    function setSettlementPrice(uint16 underlying, uint32 expiry, uint96 price) external {
        settlementPrice[underlying][expiry] = price;
    }

    function setAccrued(uint16 underlying, uint32 expiry, uint256 coveredSeconds, uint256 weightedPrice)
        external
    {
        _accrued[underlying][expiry] = [coveredSeconds, weightedPrice];
    }

    function settlementAccrued(uint16 underlying, uint32 expiry) external view returns (uint256, uint256) {
        uint256[2] storage accrued = _accrued[underlying][expiry];
        return (accrued[0], accrued[1]);
    }

    function setFundingIndex(uint16 underlying, int256 index) external {
        fundingIndex[underlying] = index;
    }

    /// @dev In force at once, as after its ramp.
    function attest(MarginRow calldata row, uint64 observedAt) external {
        uint16 maintenance = row.maintenanceRatioBps;
        _attestations[row.account] =
            Attestation(row.portfolioNonce, row.initialRatioBps, maintenance, maintenance, 0, observedAt, 0);
    }

    function priceInterval(uint16 underlying) external view returns (PriceInterval memory interval) {
        interval = _intervals[underlying];
        if (interval.observedAt == 0) revert IPriceIntervals.NoUsablePrice(underlying);
    }

    function surface(uint16 underlying, uint32 expiry) external view returns (SurfaceRow memory, uint64) {
        bytes32 key = keccak256(abi.encode(underlying, expiry));
        if (_observedAt[key] == 0) revert ISignedLanes.NoSurface(underlying, expiry);
        return (_rows[key], _observedAt[key]);
    }

    function storedSvi(uint16 underlying, uint32 expiry) external view returns (uint256, uint256) {
        bytes32 key = keccak256(abi.encode(underlying, expiry));
        SurfaceRow storage row = _rows[key];
        uint256 first = uint256(uint64(row.basis)) | uint256(uint64(row.a)) << 64 | uint256(uint64(row.b))
            << 128 | uint256(uint64(row.rho)) << 192;
        return
            (
                first,
                uint256(uint64(row.m)) | uint256(uint64(row.sigma)) << 64 | uint256(_observedAt[key]) << 128
            );
    }

    function attestation(uint64 account) external view returns (Attestation memory) {
        return _attestations[account];
    }
}

/// @dev What the engine reads of the parameters, set by hand.
contract HandParameters {
    MarginModel private _model;
    LaneLimits private _limits;
    ScenarioPoint[] private _grid;
    int256[] private _covariance;
    uint16 public underlyingCount;
    mapping(uint16 underlying => int256) public perpetualPremium;
    mapping(uint16 underlying => int256) public premiumFundingIndex;

    function setPremium(uint16 underlying, int256 premium, int256 fundingIndex) external {
        perpetualPremium[underlying] = premium;
        premiumFundingIndex[underlying] = fundingIndex;
    }

    function setModel(MarginModel calldata model) external {
        _model = model;
    }

    function setLimits(LaneLimits calldata limits) external {
        _limits = limits;
    }

    function setGrid(ScenarioPoint[] calldata points) external {
        delete _grid;
        for (uint256 i; i < points.length; ++i) {
            _grid.push(points[i]);
        }
    }

    /// @dev S = L L' from the lower triangle of L by rows, rounded toward zero.
    function setLoadings(int256[] calldata lower, uint16 underlyings) external {
        underlyingCount = underlyings;
        uint256 size = 2 * uint256(underlyings);
        _covariance = new int256[](size * size);
        for (uint256 i; i < size; ++i) {
            for (uint256 j; j <= i; ++j) {
                int256 sum;
                for (uint256 k; k <= j; ++k) {
                    sum += lower[i * (i + 1) / 2 + k] * lower[j * (j + 1) / 2 + k];
                }
                _covariance[i * size + j] = _covariance[j * size + i] = sum / 1e18;
            }
        }
    }

    function marginModel() external view returns (MarginModel memory) {
        return _model;
    }

    function laneLimits() external view returns (LaneLimits memory) {
        return _limits;
    }

    function haltAge() external view returns (uint32) {
        return _limits.haltAge;
    }

    function scenarioGrid() external view returns (ScenarioPoint[] memory) {
        return _grid;
    }

    function packedGrid() external view returns (uint256[] memory) {
        return PackedGrid.pack(_grid);
    }

    function gridWord(uint256 place) external view returns (uint256) {
        uint256[] memory words = PackedGrid.pack(_grid);
        return place < words.length ? words[place] : 0;
    }

    function covariance() external view returns (int256[] memory) {
        return _covariance;
    }
}
