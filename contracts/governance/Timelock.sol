// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title The administrator of the access manager
/// @notice OpenZeppelin's timelock with a delay that no vote can bring below the one it was deployed with. The council
/// proposes and cancels; anyone executes what has waited. It administers itself, nobody else does.
contract Timelock is TimelockController {
    /// @notice Least seconds between a proposal and its execution.
    uint256 public immutable leastDelay;

    constructor(uint256 delay, address council)
        TimelockController(delay, _one(council), _one(address(0)), address(0))
    {
        leastDelay = delay;
    }

    /// @inheritdoc TimelockController
    function getMinDelay() public view override returns (uint256) {
        uint256 set = super.getMinDelay();
        return set < leastDelay ? leastDelay : set;
    }

    /// @dev The zero address as executor stands for everybody.
    function _one(address account) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }
}
