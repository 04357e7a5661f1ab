"""Looks around in a served world with boto3, a client that we did not write, and prints what it saw as one JSON object.

Takes one argument, a JSON object: region, store, user_name, role_arn, external_id, domain, execution_role, table.
Endpoint and hub credentials come from the environment, as for any AWS client.
"""

import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ATTEMPTS = 100
PAUSE_SECONDS = 0.1
CONFIG = Config(retries={"total_max_attempts": 3, "mode": "standard"}, connect_timeout=5, read_timeout=20)


def refusal(call, **arguments):
    """The error code that a call is refused with."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "nothing was refused"


def look_at_directory(session, given):
    store = given["store"]
    client = session.client("identitystore", config=CONFIG)
    path = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": given["user_name"]}}
    user_id = client.get_user_id(IdentityStoreId=store, AlternateIdentifier=path)["UserId"]
    user = client.describe_user(IdentityStoreId=store, UserId=user_id)
    memberships = client.get_paginator("list_group_memberships_for_member").paginate(
        IdentityStoreId=store, MemberId={"UserId": user_id}
    )
    groups = [entry["GroupId"] for page in memberships for entry in page["GroupMemberships"]]
    names = [client.describe_group(IdentityStoreId=store, GroupId=group)["DisplayName"] for group in groups]
    absent = "00000000-0000-4000-8000-000000000000"
    return {
        "userName": user["UserName"],
        "groups": sorted(names),
        "unknownUser": refusal(client.describe_user, IdentityStoreId=store, UserId=absent),
        "notEmulated": refusal(client.create_group, IdentityStoreId=store, DisplayName="more"),
    }


def into_studio_account(session, given):
    """A session in the Studio account, and what happens to one who does not know the external id."""
    client = session.client("sts", config=CONFIG)
    wanted = {"RoleArn": given["role_arn"], "RoleSessionName": "look-around"}
    denied = refusal(client.assume_role, ExternalId="a-guess", **wanted)
    answer = client.assume_role(ExternalId=given["external_id"], **wanted)
    keys = answer["Credentials"]
    member = boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=given["region"],
    )
    return member, {"denied": denied, "role": answer["AssumedRoleUser"]["Arn"]}


def wait_for(look, wanted):
    """Looks until the status is the wanted one; an error's code counts as a status."""
    seen = []
    for _ in range(ATTEMPTS):
        try:
            status = look()["Status"]
        except ClientError as error:
            status = error.response["Error"]["Code"]
        if seen[-1:] != [status]:
            seen.append(status)
        if status == wanted:
            break
        time.sleep(PAUSE_SECONDS)
    return seen


def look_at_studio(hub, member, given):
    client = member.client("sagemaker", config=CONFIG)
    domain, name = given["domain"], "boto3-was-here"
    profile = {"DomainId": domain, "UserProfileName": name}
    settings = {"ExecutionRole": given["execution_role"]}

    def create():
        return client.create_user_profile(
            SingleSignOnUserIdentifier="UserName",
            SingleSignOnUserValue=given["user_name"],
            UserSettings=settings,
            **profile,
        )

    def look():
        return client.describe_user_profile(**profile)

    before = client.describe_domain(DomainId=domain)
    arn = create()["UserProfileArn"]
    coming = wait_for(look, "InService")
    described = look()
    twice = refusal(create)
    apps = client.list_apps(DomainIdEquals=domain, UserProfileNameEquals=name)["Apps"]
    client.delete_user_profile(**profile)
    return {
        "authMode": before["AuthMode"],
        "arn": arn,
        "coming": coming,
        "role": described["UserSettings"]["ExecutionRole"],
        "singleSignOnUser": described["SingleSignOnUserValue"],
        "twice": twice,
        "apps": len(apps),
        "going": wait_for(look, "ResourceNotFound"),
        "fromTheHub": refusal(hub.client("sagemaker", config=CONFIG).describe_domain, DomainId=domain),
    }


def look_at_table(session, given):
    client = session.client("dynamodb", config=CONFIG)
    items = [item for page in client.get_paginator("scan").paginate(TableName=given["table"]) for item in page["Items"]]
    return {"items": len(items), "unknownTable": refusal(client.scan, TableName="NoSuchTable")}


def main():
    given = json.loads(sys.argv[1])
    hub = boto3.Session(region_name=given["region"])
    member, assumed = into_studio_account(hub, given)
    seen = {
        "directory": look_at_directory(hub, given),
        "assumed": assumed,
        "studio": look_at_studio(hub, member, given),
        "table": look_at_table(hub, given),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
