"""Storage layouts of all contracts as the compiler lays them out: analysis only, no code is generated."""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REMAPPINGS = {
    "@openzeppelin/contracts/": "node_modules/@openzeppelin/contracts/",
    "solady/": "node_modules/solady/src/",
}
IMPORT = re.compile(r'^\s*import\b[^"]*"([^"]+)"', re.MULTILINE)


def storage_layouts(root: Path) -> dict[str, Mapping[str, Any]]:
    """`storageLayout` by contract name, compiled from the sources as they are now."""
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sorted(_sources(root).items())},
        "settings": {
            "remappings": [f"{prefix}={path}" for prefix, path in REMAPPINGS.items()],
            "evmVersion": "cancun",
            "outputSelection": {"*": {"*": ["storageLayout"]}},
        },
    }
    command = [str(root / "tools/solcjs-par"), "--standard-json"]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    faults = [fault["message"] for fault in answer.get("errors", ()) if fault["severity"] == "error"]
    if faults:
        raise LookupError(faults[0])
    return {
        name: contract["storageLayout"]
        for contracts in answer["contracts"].values()
        for name, contract in contracts.items()
    }


def _sources(root: Path) -> dict[str, str]:
    """`contracts/` and all that it imports, by path from the root."""
    wanted = [path.relative_to(root).as_posix() for path in (root / "contracts").rglob("*.sol")]
    texts: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        if name not in texts:
            texts[name] = (root / name).read_text()
            wanted += [_resolved(name, imported) for imported in IMPORT.findall(texts[name])]
    return texts


def _resolved(importer: str, imported: str) -> str:
    if imported.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), imported))
    prefix = next((p for p in REMAPPINGS if imported.startswith(p)), "")
    return REMAPPINGS.get(prefix, "") + imported[len(prefix) :]
