"""AWS credentials from a file that is renewed beside the keeper, or from the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from keeper.errors import SigningError
from keeper.signing.secrets import read_secret_file
from keeper.signing.sigv4 import AwsCredentials

_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def read_aws_credentials(file: Path | None, environment: Mapping[str, str]) -> AwsCredentials:
    """From a file of mode 600 in the form of a credential process, else from the usual variables.

    The form is `{"AccessKeyId": ..., "SecretAccessKey": ..., "SessionToken": ...}`, the last one optional.
    """
    if file is None:
        return _from_environment(environment)
    try:
        document = json.loads(read_secret_file(file, "credentials file"))
        session = document.get("SessionToken")
        return AwsCredentials(str(document["AccessKeyId"]), str(document["SecretAccessKey"]), session)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SigningError(
            f"credentials file {file} is no JSON object with AccessKeyId and SecretAccessKey"
        ) from error


def _from_environment(environment: Mapping[str, str]) -> AwsCredentials:
    access, secret, session = (environment.get(name) for name in _VARIABLES)
    if not access or not secret:
        raise SigningError(
            f"no credentials for the key service: set {_VARIABLES[0]} and {_VARIABLES[1]}, or credentials_file"
        )
    return AwsCredentials(access, secret, session or None)
