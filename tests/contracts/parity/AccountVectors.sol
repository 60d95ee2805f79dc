// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginModel, ScenarioPoint} from "../../../contracts/interfaces/IRiskParameters.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {MarginState} from "../../../contracts/types/Margin.sol";
import {SurfaceRow} from "../../../contracts/types/Wire.sol";
import {MarginFixture} from "../margin/MarginFixture.sol";

/// @notice Whole accounts from a file of golden vectors, and whether the engine finds the same for them.
abstract contract AccountVectors is MarginFixture {
    /// @dev Tolerance: 1e-12 of the figure or of gross notional, whichever is larger, and the units that rounding takes. Prices
    /// are within 4e-16 of forward or strike; sums of 128 legs and the square root of a variance take the rest.
    uint256 private constant ROUNDING_UNITS = 32;
    uint256 private constant TOLERANCE_SCALE = 1e12;
    string private constant FOLDER = "tests/parity/vectors/";
    string private constant LEG = "VectorLeg(uint256 instrument,int256 quantity)";
    string private constant INTERVAL = "VectorInterval(uint256 index,uint256 low,uint256 high)";
    string private constant POINT =
        "VectorPoint(int256 spotShockBps,int256 volatilityShockBps,uint256 weightBps)";
    string private constant SURFACE =
        "VectorSurface(uint256 underlying,uint256 expiry,int256 basis,int256 a,int256 b,int256 rho,int256 m,int256 sigma)";
    string private constant MODEL =
        "VectorModel(uint256 expectedShortfallMultiplier,uint256 shortOptionChargeBps,uint256 minimumNotionalBps,uint256 termFloorDays)";
    string private constant TERMS =
        "VectorTerms(uint256 depth,uint256 concentrationBps,uint256 basisBps,uint256 confidenceBps,uint256 offsetBps)";
    string private constant ACCRUED =
        "VectorAccrued(uint256 underlying,uint256 expiry,uint256 coveredSeconds,uint256 weightedPrice)";
    string private constant EXPECTED =
        "VectorMargin(int256 deltaGammaVega,int256 scenarioLoss,int256 charges,int256 ownRequirement,int256 equityLow,int256 equityHigh)";

    struct VectorLeg {
        uint256 instrument;
        int256 quantity;
    }

    struct VectorInterval {
        uint256 index;
        uint256 low;
        uint256 high;
    }

    struct VectorPoint {
        int256 spotShockBps;
        int256 volatilityShockBps;
        uint256 weightBps;
    }

    struct VectorSurface {
        uint256 underlying;
        uint256 expiry;
        int256 basis;
        int256 a;
        int256 b;
        int256 rho;
        int256 m;
        int256 sigma;
    }

    struct VectorModel {
        uint256 expectedShortfallMultiplier;
        uint256 shortOptionChargeBps;
        uint256 minimumNotionalBps;
        uint256 termFloorDays;
    }

    struct VectorTerms {
        uint256 depth;
        uint256 concentrationBps;
        uint256 basisBps;
        uint256 confidenceBps;
        uint256 offsetBps;
    }

    struct VectorAccrued {
        uint256 underlying;
        uint256 expiry;
        uint256 coveredSeconds;
        uint256 weightedPrice;
    }

    struct VectorMargin {
        int256 deltaGammaVega;
        int256 scenarioLoss;
        int256 charges;
        int256 ownRequirement;
        int256 equityLow;
        int256 equityHigh;
    }

    struct VectorCase {
        string name;
        uint256 timestamp;
        int256 cash;
        int256[] entryValues;
        int256[] loadings;
        VectorLeg[] legs;
        VectorInterval[] underlyings;
        VectorPoint[] grid;
        VectorSurface[] surfaces;
        VectorTerms[] terms;
        VectorAccrued[] accrued;
        VectorModel model;
        VectorMargin expected;
    }

    function _checkAll(string memory file) internal returns (uint256 count) {
        count = this.caseCount(file);
        for (uint256 i; i < count; ++i) {
            uint256 snapshot = vm.snapshotState();
            _check(this.load(file, string.concat(".cases[", vm.toString(i), "]")));
            vm.revertToState(snapshot);
        }
    }

    function caseCount(string calldata file) external view returns (uint256 count) {
        string memory json = vm.readFile(string.concat(FOLDER, file));
        while (vm.keyExistsJson(json, string.concat(".cases[", vm.toString(count), "]"))) ++count;
    }

    /// @dev External, so that the file's copies in memory are freed.
    function load(string calldata file, string calldata path) external view returns (VectorCase memory c) {
        string memory json = vm.readFile(string.concat(FOLDER, file));
        c.name = vm.parseJsonString(json, string.concat(path, ".name"));
        c.timestamp = vm.parseJsonUint(json, string.concat(path, ".now"));
        c.cash = vm.parseJsonInt(json, string.concat(path, ".cash"));
        c.entryValues = vm.parseJsonIntArray(json, string.concat(path, ".entryValues"));
        c.loadings = vm.parseJsonIntArray(json, string.concat(path, ".loadings"));
        c.legs = abi.decode(_rows(json, path, ".legs", LEG), (VectorLeg[]));
        c.underlyings = abi.decode(_rows(json, path, ".underlyings", INTERVAL), (VectorInterval[]));
        c.grid = abi.decode(_rows(json, path, ".grid", POINT), (VectorPoint[]));
        c.surfaces = abi.decode(_rows(json, path, ".surfaces", SURFACE), (VectorSurface[]));
        if (vm.keyExistsJson(json, string.concat(path, ".terms"))) {
            c.terms = abi.decode(_rows(json, path, ".terms", TERMS), (VectorTerms[]));
        }
        if (vm.keyExistsJson(json, string.concat(path, ".accrued"))) {
            c.accrued = abi.decode(_rows(json, path, ".accrued", ACCRUED), (VectorAccrued[]));
        }
        c.model = abi.decode(vm.parseJsonType(json, string.concat(path, ".model"), MODEL), (VectorModel));
        c.expected =
            abi.decode(vm.parseJsonType(json, string.concat(path, ".expected"), EXPECTED), (VectorMargin));
    }

    function _rows(string memory json, string memory path, string memory key, string memory row)
        private
        pure
        returns (bytes memory)
    {
        return vm.parseJsonTypeArray(json, string.concat(path, key), row);
    }

    function _check(VectorCase memory c) private {
        vm.warp(c.timestamp);
        _loadMarket(c);
        _loadParameters(c);
        uint256 gross = _loadAccount(c);
        MarginState memory got = engine.marginOf(1);
        _close(int256(got.deltaGammaVega), c.expected.deltaGammaVega, gross, c.name);
        _close(int256(got.scenarioLoss), c.expected.scenarioLoss, gross, c.name);
        _close(int256(got.charges), c.expected.charges, gross, c.name);
        _close(int256(got.ownRequirement), c.expected.ownRequirement, gross, c.name);
        _close(got.equityLow, c.expected.equityLow, gross, c.name);
        _close(got.equityHigh, c.expected.equityHigh, gross, c.name);
    }

    function _close(int256 got, int256 want, uint256 gross, string memory name) private pure {
        uint256 size = want < 0 ? uint256(-want) : uint256(want);
        uint256 tolerance = ROUNDING_UNITS + (size > gross ? size : gross) / TOLERANCE_SCALE;
        assertApproxEqAbs(got, want, tolerance, name);
    }

    function _loadMarket(VectorCase memory c) private {
        uint64 observedAt = uint64(block.timestamp);
        for (uint256 i; i < c.underlyings.length; ++i) {
            VectorInterval memory row = c.underlyings[i];
            lanes.setInterval(uint16(i + 1), row.low, row.index, row.high, observedAt);
        }
        for (uint256 i; i < c.surfaces.length; ++i) {
            VectorSurface memory s = c.surfaces[i];
            SurfaceRow memory row;
            (row.underlying, row.expiry, row.basis) = (uint16(s.underlying), uint32(s.expiry), int64(s.basis));
            (row.a, row.b, row.rho) = (int64(s.a), int64(s.b), int64(s.rho));
            (row.m, row.sigma) = (int64(s.m), int64(s.sigma));
            lanes.setSurface(row, observedAt);
        }
        for (uint256 i; i < c.accrued.length; ++i) {
            VectorAccrued memory row = c.accrued[i];
            lanes.setAccrued(
                uint16(row.underlying), uint32(row.expiry), row.coveredSeconds, row.weightedPrice
            );
        }
    }

    function _loadParameters(VectorCase memory c) private {
        ScenarioPoint[] memory points = new ScenarioPoint[](c.grid.length);
        for (uint256 i; i < points.length; ++i) {
            VectorPoint memory row = c.grid[i];
            points[i] =
                ScenarioPoint(int32(row.spotShockBps), int32(row.volatilityShockBps), uint32(row.weightBps));
        }
        parameters.setGrid(points);
        for (uint256 i; i < c.terms.length; ++i) {
            VectorTerms memory row = c.terms[i];
            RiskTerms memory charged;
            charged.depth = uint96(row.depth);
            charged.concentrationBps = uint16(row.concentrationBps);
            charged.basisBps = uint16(row.basisBps);
            (charged.confidenceBps, charged.offsetBps) = (uint16(row.confidenceBps), uint16(row.offsetBps));
            terms.set(uint16(i + 1), charged);
        }
        parameters.setLoadings(c.loadings, uint16(c.underlyings.length));
        MarginModel memory model = _model();
        model.expectedShortfallMultiplier = uint64(c.model.expectedShortfallMultiplier);
        model.shortOptionChargeBps = uint16(c.model.shortOptionChargeBps);
        model.minimumNotionalBps = uint16(c.model.minimumNotionalBps);
        model.termFloorDays = uint16(c.model.termFloorDays);
        parameters.setModel(model);
    }

    /// @return gross sum of |quantity| x index
    function _loadAccount(VectorCase memory c) private returns (uint256 gross) {
        ledger.setCash(1, c.cash);
        for (uint256 i; i < c.entryValues.length; ++i) {
            ledger.setEntryValue(1, uint16(i + 1), c.entryValues[i]);
        }
        for (uint256 i; i < c.legs.length; ++i) {
            InstrumentId id = InstrumentId.wrap(uint104(c.legs[i].instrument));
            int256 quantity = c.legs[i].quantity;
            ledger.hold(1, id, int128(quantity));
            uint256 size = uint256(quantity < 0 ? -quantity : quantity);
            gross += size * c.underlyings[id.underlying() - 1].index / 1e18;
        }
    }
}
