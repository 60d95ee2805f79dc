// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {AccountLens} from "../../contracts/accounts/AccountLens.sol";
import {CollateralSale} from "../../contracts/collateral/CollateralSale.sol";
import {CollateralVault} from "../../contracts/collateral/CollateralVault.sol";
import {Payouts} from "../../contracts/collateral/Payouts.sol";
import {LedgerTerms} from "../../contracts/accounts/LedgerTerms.sol";
import {MarginAccounts} from "../../contracts/accounts/MarginAccounts.sol";
import {TradeSettlement} from "../../contracts/accounts/TradeSettlement.sol";
import {Pause} from "../../contracts/governance/Pause.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {InsuranceFund} from "../../contracts/liquidation/InsuranceFund.sol";
import {Liquidation} from "../../contracts/liquidation/Liquidation.sol";
import {BidReader} from "../../contracts/margin/BidReader.sol";
import {BidValuation} from "../../contracts/margin/BidValuation.sol";
import {MarginEngine} from "../../contracts/margin/MarginEngine.sol";
import {MarginTerms} from "../../contracts/margin/MarginTerms.sol";
import {MarginWitness} from "../../contracts/margin/MarginWitness.sol";
import {PriceBand} from "../../contracts/margin/PriceBand.sol";
import {PriceIntervals} from "../../contracts/oracle/PriceIntervals.sol";
import {SignedLanes} from "../../contracts/oracle/SignedLanes.sol";
import {PolicyLane} from "../../contracts/parameters/PolicyLane.sol";
import {StateLane} from "../../contracts/parameters/StateLane.sol";
import {RiskParameters} from "../../contracts/parameters/RiskParameters.sol";
import {ExpirySettlement} from "../../contracts/settlement/ExpirySettlement.sol";
import {MockToken} from "./mocks/MockToken.sol";
import {SystemParameters} from "./SystemParameters.sol";

/// @notice The whole system as a deployer sets it up: every contract real, only the token is a plain ERC-20.
abstract contract System is Test {
    /// @dev A midnight, UTC.
    uint256 internal constant START = 1_700_006_400;
    uint16 internal constant BTC = 1;
    uint16 internal constant ETH = 2;
    uint32 internal constant NEAR = uint32(START + 1 days + 8 hours);
    uint32 internal constant FAR = uint32(START + 30 days + 8 hours);

    uint64 internal constant LEDGER_ROLE = 1;
    uint64 internal constant COVER_ROLE = 2;
    uint64 internal constant PARAMETER_ROLE = 3;
    uint64 internal constant SIGNER_ROLE = 4;
    uint64 internal constant ANNEX_ROLE = 5;
    uint64 internal constant COLLATERAL_ROLE = 6;
    uint64 internal constant STATE_ROLE = 7;

    AccessManager internal manager;
    MockToken internal token;
    RiskParameters internal parameters;
    Payouts internal payouts;
    MarginAccounts internal accounts;
    SignedLanes internal lanes;
    Pause internal pause;
    PriceIntervals internal intervals;
    MarginTerms internal marginTerms;
    MarginEngine internal engine;
    PriceBand internal band;
    LedgerTerms internal terms;
    TradeSettlement internal trades;
    InsuranceFund internal fund;
    BidValuation internal valuation;
    Liquidation internal liquidation;
    ExpirySettlement internal settlement;
    CollateralVault internal vault;
    CollateralSale internal sale;
    AccountLens internal lens;
    StateLane internal state;
    PolicyLane internal policyLane;

    uint256[3] internal signerKeys;

    /// @notice Deploys, wires and parameterises everything; no price is published yet.
    function deploySystem() internal {
        vm.warp(START);
        manager = new AccessManager(address(this));
        token = new MockToken();
        parameters = new RiskParameters(address(manager));
        payouts = new Payouts(address(manager), parameters);
        accounts = new MarginAccounts(address(token), address(manager), payouts);
        lanes = new SignedLanes(address(manager), parameters, accounts);
        pause = new Pause(address(manager));
        intervals = new PriceIntervals(address(manager), lanes, parameters, pause);
        marginTerms = new MarginTerms(parameters, intervals, address(manager));
        MarginWitness witnesses = new MarginWitness(accounts, lanes, parameters, intervals, marginTerms);
        engine = new MarginEngine(accounts, lanes, parameters, intervals, marginTerms, witnesses);
        band = new PriceBand(accounts, lanes, parameters, intervals, marginTerms);
        fund = new InsuranceFund(accounts, address(manager));
        terms = new LedgerTerms(fund, parameters, address(manager));
        trades = new TradeSettlement(address(accounts), address(parameters), address(terms), band);
        BidReader reader = new BidReader(accounts, lanes, parameters, intervals, marginTerms);
        valuation = new BidValuation(reader);
        liquidation = new Liquidation(accounts, engine, parameters, fund, valuation);
        settlement = new ExpirySettlement(accounts, lanes);
        vault = new CollateralVault(accounts, intervals, parameters, address(manager));
        sale = new CollateralSale(accounts, parameters);
        lens = new AccountLens(address(accounts), address(parameters));
        state = new StateLane(address(manager), lanes, parameters);
        policyLane = new PolicyLane(address(manager), lanes, parameters, liquidation);
        accounts.setMarginEngine(address(engine));
        accounts.setLiquidation(address(liquidation));
        accounts.setCollateralVault(address(vault));
        _assignRoles();
        _setParameters();
        _listSigners();
    }

    function _assignRoles() private {
        manager.setTargetFunctionRole(address(accounts), SystemParameters.ledgerSelectors(), LEDGER_ROLE);
        manager.setTargetFunctionRole(address(fund), _one(InsuranceFund.cover.selector), COVER_ROLE);
        manager.setTargetFunctionRole(
            address(parameters), SystemParameters.parameterSelectors(), PARAMETER_ROLE
        );
        manager.setTargetFunctionRole(address(lanes), _one(lanes.setSigners.selector), SIGNER_ROLE);
        manager.setTargetFunctionRole(address(parameters), _one(parameters.noteAnnex.selector), ANNEX_ROLE);
        manager.setTargetFunctionRole(address(vault), SystemParameters.vaultSelectors(), COLLATERAL_ROLE);
        manager.setTargetFunctionRole(
            address(payouts), _one(payouts.setOutflowLimit.selector), PARAMETER_ROLE
        );
        manager.setTargetFunctionRole(address(vault), _one(vault.moveCollateral.selector), LEDGER_ROLE);
        manager.grantRole(ANNEX_ROLE, address(payouts), 0);
        manager.grantRole(ANNEX_ROLE, address(vault), 0);
        manager.grantRole(ANNEX_ROLE, address(intervals), 0);
        manager.grantRole(ANNEX_ROLE, address(terms), 0);
        manager.grantRole(ANNEX_ROLE, address(marginTerms), 0);
        manager.setTargetFunctionRole(address(terms), SystemParameters.termsSelectors(), PARAMETER_ROLE);
        manager.setTargetFunctionRole(
            address(marginTerms), _one(marginTerms.setRiskTerms.selector), PARAMETER_ROLE
        );
        manager.grantRole(COLLATERAL_ROLE, address(this), 0);
        manager.setTargetFunctionRole(address(parameters), SystemParameters.stateSelectors(), STATE_ROLE);
        manager.setTargetFunctionRole(address(state), _one(state.setStateLimits.selector), PARAMETER_ROLE);
        manager.grantRole(STATE_ROLE, address(state), 0);
        manager.grantRole(PARAMETER_ROLE, address(policyLane), 0);
        manager.grantRole(LEDGER_ROLE, address(trades), 0);
        manager.grantRole(LEDGER_ROLE, address(sale), 0);
        manager.grantRole(LEDGER_ROLE, address(liquidation), 0);
        manager.grantRole(LEDGER_ROLE, address(settlement), 0);
        // The fund moves the cash of its own account.
        manager.grantRole(LEDGER_ROLE, address(fund), 0);
        manager.grantRole(COVER_ROLE, address(liquidation), 0);
        manager.grantRole(PARAMETER_ROLE, address(this), 0);
        manager.grantRole(SIGNER_ROLE, address(this), 0);
    }

    function _setParameters() private {
        IRiskParameters target = parameters;
        target.setUnderlying(BTC, SystemParameters.bitcoin());
        target.setUnderlying(ETH, SystemParameters.ether_());
        target.setCovariance(SystemParameters.loadings());
        target.setScenarioGrid(SystemParameters.grid());
        target.setMarginModel(SystemParameters.marginModel());
        target.setLaneLimits(SystemParameters.laneLimits());
        target.setAuctionCurve(SystemParameters.auctionCurve());
        payouts.setOutflowLimit(SystemParameters.outflowLimit());
        state.setStateLimits(SystemParameters.stateLimits());
        terms.setTradeTerms(BTC, SystemParameters.tradeTerms());
        terms.setTradeTerms(ETH, SystemParameters.tradeTerms());
        marginTerms.setRiskTerms(BTC, SystemParameters.riskTerms());
        marginTerms.setRiskTerms(ETH, SystemParameters.riskTerms());
        target.listExpiry(NEAR);
        target.listExpiry(FAR);
    }

    function _listSigners() private {
        address[] memory list = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            (list[i], signerKeys[i]) = makeAddrAndKey(string.concat("signer ", vm.toString(i)));
        }
        lanes.setSigners(list, 2);
    }

    function _one(bytes4 selector) private pure returns (bytes4[] memory list) {
        list = new bytes4[](1);
        list[0] = selector;
    }
}
