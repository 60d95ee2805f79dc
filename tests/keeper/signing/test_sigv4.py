"""Request signatures against the published examples of AWS, to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime

from keeper.signing.sigv4 import AwsCredentials, AwsScope, authorization

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


def test_the_worked_example_of_the_manual():
    signed = authorization(
        method="GET",
        path="/",
        query="Action=ListUsers&Version=2010-05-08",
        headers={
            "Host": "iam.amazonaws.com",
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Amz-Date": "20150830T123600Z",
        },
        payload=b"",
        scope=AwsScope("us-east-1", "iam", AT),
        credentials=AwsCredentials("AKIDEXAMPLE", SECRET),
    )
    assert signed == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


def test_post_vanilla_of_the_test_suite():
    signed = authorization(
        method="POST",
        path="/",
        headers={"Host": "example.amazonaws.com", "X-Amz-Date": "20150830T123600Z"},
        payload=b"",
        scope=AwsScope("us-east-1", "service", AT),
        credentials=AwsCredentials("AKIDEXAMPLE", SECRET),
    )
    assert signed.endswith("Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")


def test_the_object_store_example_with_a_header_of_its_own():
    signed = authorization(
        method="GET",
        path="/test.txt",
        headers={
            "Host": "examplebucket.s3.amazonaws.com",
            "Range": "bytes=0-9",
            "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "x-amz-date": "20130524T000000Z",
        },
        payload=b"",
        scope=AwsScope("us-east-1", "s3", datetime(2013, 5, 24, tzinfo=UTC)),
        credentials=AwsCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    )
    assert signed.endswith("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")


def test_the_session_token_is_signed_and_nothing_secret_is_shown():
    credentials = AwsCredentials("AKIDEXAMPLE", SECRET, "token")
    signed = authorization(
        method="POST",
        path="/",
        headers={"Host": "kms", "X-Amz-Date": "x", "X-Amz-Security-Token": "token"},
        payload=b"{}",
        scope=AwsScope("eu-west-1", "kms", AT),
        credentials=credentials,
    )
    assert "x-amz-security-token" in signed
    assert SECRET not in signed
    assert repr(credentials) == "AwsCredentials(access_key='AKIDEXAMPLE')"
