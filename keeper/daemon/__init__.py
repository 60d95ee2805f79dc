"""The daemon: one keeper's loop from observe to remember, wired from ports that the command line hands in.

view        what this keeper reads from the chain, pinned to one block
round       a round in the making: observation, prices, mode, assessment, evidence
proposal    rounds as messages between keepers, and back
endorse     a follower's check of a leader's proposal
quorum      collecting endorsements from peers
publish     signed lanes to transactions
keeper      one cycle, and the service the HTTP face shows
schedule    APScheduler on wall time around it
"""
