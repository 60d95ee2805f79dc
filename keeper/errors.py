"""The keeper's exceptions, one tree. Each message names the value that decided and the remedy.

KeeperError
├── ConfigurationError      a setting is missing, unknown or contradicts the chain
├── WireError               a value does not fit the wire; carries record, field and value
├── FeedError               a source could not be read; carries the rejection reason
├── ConsensusError          too few independent sources for a price
├── AssessmentFailed        history, marks or quotes cannot carry the risk model
├── ChainError              the node could not be reached or refused
│   ├── ChainUnreachable    no answer, or one that is not JSON-RPC
│   ├── RateLimited         the node answers, and asks for patience
│   ├── ChainDisagreement   the nodes follow different forks
│   ├── IndexIncomplete     logs are missing from what a node gave
│   ├── WrongChain          the node serves another chain than configured
│   └── TransactionFailed   reverted, with the decoded custom error
├── SigningError            key files, passwords, remote signers, quorum signatures
│   └── SignerUnavailable   a remote signer did not answer, or asks for patience
├── ProposalRefused         a signer's own computation disagrees with the leader's
├── StoreError              the database
├── EvidenceError           a bundle is missing or does not match its hash
├── ServiceError            a keeper's API, or a strategy process, answered what does not follow
├── AuditFailed             the record does not follow from itself or from its evidence
├── DemonstrationFailed     a demonstration ended with a mismatch, an unexplained loss or a stuck auction
├── EngineUnavailable       the optional Ray engine is not installed or did not start
└── ToolMissing             an external program (anvil, forge) is not installed
"""

from __future__ import annotations


class KeeperError(Exception):
    """Base of everything the keeper raises on purpose. `exit_code` is the command line's."""

    exit_code = 1


class ConfigurationError(KeeperError):
    exit_code = 2


class WireError(KeeperError):
    """A value that the wire cannot carry; `field` says which, `value` is what was given."""

    exit_code = 2

    def __init__(self, record: str, field: str, value: object, expected: str) -> None:
        super().__init__(f"{record}.{field} is {value!r}; expected {expected}")
        self.record = record
        self.field = field
        self.value = value


class FeedError(KeeperError):
    """A source gave nothing usable; `reason` is a `RejectionReason` value."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ConsensusError(KeeperError):
    exit_code = 4


class AssessmentFailed(KeeperError):
    pass


class ChainError(KeeperError):
    exit_code = 3


class ChainUnreachable(ChainError):
    pass


class RateLimited(ChainError):
    pass


class ChainDisagreement(ChainError):
    pass


class IndexIncomplete(ChainError):
    """A node gave fewer logs than the contracts counted, or other ones; the index keeps to what it can prove."""


class WrongChain(ChainError):
    pass


class TransactionFailed(ChainError):
    """`error_name` and `arguments` are the decoded custom error where there was one."""

    def __init__(self, message: str, error_name: str = "", arguments: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.error_name = error_name
        self.arguments = arguments


class SigningError(KeeperError):
    exit_code = 5


class SignerUnavailable(SigningError):
    """Nothing is wrong with the request: asking again later may help."""


class ProposalRefused(KeeperError):
    exit_code = 6


class StoreError(KeeperError):
    exit_code = 7


class EvidenceError(KeeperError):
    exit_code = 8


class DemonstrationFailed(KeeperError):
    exit_code = 11


class EngineUnavailable(KeeperError):
    """The optional engine is not installed or did not start; the embedded one needs neither."""

    exit_code = 2


class ToolMissing(KeeperError):
    exit_code = 9


class ServiceError(KeeperError):
    pass


class AuditFailed(KeeperError):
    exit_code = 10
