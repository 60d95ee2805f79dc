"""The reference liquidator.

policy   what to do about one account: a pure decision
bot      the loop around it, over the contracts' own views
"""
