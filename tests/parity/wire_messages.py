"""What the golden vectors of the wire are about: every struct by names and types of its fields, a message of each."""

from __future__ import annotations

WAD = 10**18
BPS = 10**8  # one basis point of the surface scale, 1e-12
CHAIN_ID = 31_337
LANES = "0x1000000000000000000000000000000000000001"
SETTLEMENT = "0x1000000000000000000000000000000000000002"
STATE_LANE = "0x1000000000000000000000000000000000000003"
POLICY_LANE = "0x1000000000000000000000000000000000000004"
OTHER_CHAIN_ID = 1
EPOCH = 1
THRESHOLD = 2
SIGNER_KEYS = (0xA11CE, 0xB0B, 0xCA401)
MIDNIGHT = 20_000 * 86_400
NEAR, FAR = MIDNIGHT + 8 * 3_600, MIDNIGHT + 30 * 86_400 + 8 * 3_600
OBSERVED_AT, VALID_UNTIL = MIDNIGHT - 5, MIDNIGHT + 55

HEADER_FIELDS = (
    ("configDigest", "bytes32"),
    ("lane", "uint8"),
    ("seq", "uint64"),
    ("observedAt", "uint64"),
    ("validUntil", "uint64"),
    ("snapshot", "bytes32"),
    ("model", "bytes32"),
)
PRICE_FIELDS = (("underlying", "uint16"), ("price", "uint96"), ("confidence", "uint96"))
SURFACE_FIELDS = (
    ("underlying", "uint16"),
    ("expiry", "uint32"),
    *((name, "int64") for name in ("basis", "a", "b", "rho", "m", "sigma")),
)
MARGIN_FIELDS = (
    ("account", "uint64"),
    ("portfolioNonce", "uint64"),
    ("initialRatioBps", "uint16"),
    ("maintenanceRatioBps", "uint16"),
    ("valueAtRisk", "uint96"),
    ("expectedShortfall", "uint96"),
)
STATE_FIELDS = (("kind", "uint8"), ("index", "uint16"), ("column", "uint16"), ("value", "int64"))
ORDER_FIELDS = (
    ("account", "uint64"),
    ("instrument", "uint104"),
    ("quantity", "int128"),
    ("limitPrice", "uint96"),
    ("minimumFill", "uint128"),
    ("expiry", "uint64"),
    ("ownerEpoch", "uint64"),
    ("salt", "uint256"),
)
DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
Fields = tuple[tuple[str, str], ...]
Row = tuple[int, ...]

PRICE_ROWS = ((1, 50_000 * WAD + 1, 25 * WAD), (2, 1_500 * WAD, 3 * WAD // 4))
SURFACE_ROWS = (
    (1, FAR, 20 * BPS, 10**10, 10**11, -2 * 10**11, 10**10, 2 * 10**11),
    (2, FAR, -15 * BPS, 12 * 10**9, 9 * 10**10, 10**11, -(10**10), 25 * 10**10),
)
MARGIN_ROWS = (
    (1, 10, 12_000, 10_000, 1_000 * WAD, 1_200 * WAD),
    (2, 20, 8_000, 8_000, 0, 0),
    (5, 50, 20_000, 20_000, 2**96 - 1, 2**96 - 1),
)
LOADINGS_PERCENT = (6, -5, 15, 5, 0, 6, -3, 8, -2, 9)
STATE_ROWS = (
    *(
        (0, row, column, LOADINGS_PERCENT[row * (row + 1) // 2 + column] * WAD // 100)
        for row in range(4)
        for column in range(row + 1)
    ),
    (1, 1, 0, WAD // 100),
    (1, 2, 0, -WAD // 200),
    (2, 0, 0, 0),
)
# In the order of the structs: those of tests/contracts/parameters/StateFixture.sol and PolicyFixture.sol.
STATE_LIMITS = (
    *(share * WAD // 100 for share in (2, 30, 3, 60, 10, 20, 50, 100, 2, 200, 30, 2)),
    7_200,
    28_800,
    86_400,
    3_600,
)
POLICY_LIMITS = (
    86_400,
    10_800,
    172_800,
    3_600,
    WAD // 5,
    WAD // 10,
    3 * WAD // 10,
    10**6 * WAD,
    2 * 10**6 * WAD,
)
ORDER = (
    7,
    (1 << 88) | (FAR << 56) | (52_000 * 10**6 << 8) | 1,
    -3 * WAD,
    900 * WAD,
    WAD,
    FAR - 1,
    4,
    2**255 + 9,
)

UNDERLYING = "(bool,uint64,int64,uint96)"
MARGIN_MODEL = "(uint64,uint64,uint16,uint16,uint16,uint32,uint16,uint16,uint16,uint16)"
PARAMETER_TYPES = (
    f"{UNDERLYING}[]",
    "uint64[]",
    "uint32[]",
    "(int32,int32,uint32)[]",
    MARGIN_MODEL,
    "(uint32,uint32,uint32,uint32,uint16,uint32,uint32,uint24,uint24,uint32,uint32,uint32,uint32)",
    "(uint32,uint16,uint16,uint16,uint128,uint16,uint32)",
    "(address,bytes32)[]",
)
PARAMETERS = (
    [(True, 8 * WAD // 10, 10**11, WAD // 100)] * 2,
    [],
    [NEAR, FAR],
    [(-1_500, 3_000, 10_000), (0, -2_500, 10_000), (4_500, 0, 3_500)],
    (5 * WAD // 2, 3 * WAD, 8_000, 20_000, 12_000, 86_400, 500, 50, 100, 7),
    (600, 3_600, 7_200, 900, 1_000, 50_000, 500, 900, 7_200, 5_000, 20_000, 40_000, 86_400),
    (3_600, 100, 5_000, 100, 50 * WAD, 20, 200),
    [],
)
