"""The configured nodes as one, and the accounts of a chain proven by its event index."""

from __future__ import annotations

from keeper.chain import Artifacts, ChainReader, Deployment, EventReader, Nodes, Rpc
from keeper.config import KeeperSettings, LiquidatorSettings
from keeper.daemon.accounts import IndexedAccounts
from keeper.index import Follower, Portfolios
from keeper.store import EventTable, Store

_RETRIES_OF_ONE = 2


def nodes_of(settings: KeeperSettings | LiquidatorSettings, artifacts: Artifacts) -> Rpc | Nodes:
    """One node, or several of which `agreement` must have the same newest block.

    Of several none is asked twice: the next one is.
    """
    chain = settings.chain
    retries = _RETRIES_OF_ONE if not chain.fallback_rpc_urls else 0
    nodes = [
        Rpc(url, timeout_seconds=chain.timeout_seconds, retries=retries, errors=artifacts)
        for url in (chain.rpc_url, *chain.fallback_rpc_urls)
    ]
    return nodes[0] if len(nodes) == 1 else Nodes(nodes, agreement=chain.agreement)


def indexed_accounts(reader: ChainReader, deployment: Deployment, store: Store) -> IndexedAccounts:
    """Accounts held against the events since the deployment's first block, which `store` keeps."""
    table = EventTable(store.engine)
    follower = Follower(
        events=EventReader(reader.rpc, reader.contracts),
        caller=reader.caller,
        contracts=reader.contracts,
        table=table,
        first_block=deployment.first_block,
    )
    return IndexedAccounts(reader=reader, follower=follower, portfolios=Portfolios(table))
