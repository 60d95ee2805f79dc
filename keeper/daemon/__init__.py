"""The daemon: one keeper's loop from observe to remember, wired from ports that the command line hands in.

policy      one keeper's settings, as its rooms need them
ports       what the daemon needs from outside, handed in by the command line
view        what this keeper reads from the chain, pinned to one block
round       one keeper's own computation of a round; compute makes it, present keeps the newest
proposal    rounds as messages between keepers, and back
endorse     a follower's check of a leader's proposal; answer signs or refuses it
due         which rows of a round are due, by lane; lead, their signatures and publication
alarms      what of a round people should know
quorum      collecting endorsements from peers
publish     signed lanes to transactions
memory      what survives a restart
progress    which stage runs and for how long; readiness, why a keeper is not ready
keeper      one cycle, and the service the HTTP face shows
schedule    APScheduler on wall time around it
"""
