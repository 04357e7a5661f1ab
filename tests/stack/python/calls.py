"""Calls AWS operations with boto3, for a test that speaks another language.

Reads one JSON object a line, {"service", "operation", "parameters"} with boto3's names, and answers each with one line: {"answer"} or
{"refused"} with code and message. Endpoint, Region and credentials come from the environment, as for any AWS client.
"""

import functools
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"total_max_attempts": 3, "mode": "standard"}, connect_timeout=5, read_timeout=60)


@functools.cache
def client(service):
    return boto3.client(service, config=CONFIG)


def call(request):
    operation = getattr(client(request["service"]), request["operation"])
    try:
        answer = operation(**request["parameters"])
    except ClientError as error:
        return {"refused": error.response["Error"]}
    answer.pop("ResponseMetadata", None)
    return {"answer": answer}


def plain(value):
    """A moment as seconds since 1970, a stream as its text."""
    return value.read().decode() if hasattr(value, "read") else value.timestamp()


def main():
    for line in sys.stdin:
        print(json.dumps(call(json.loads(line)), default=plain), flush=True)


if __name__ == "__main__":
    main()
