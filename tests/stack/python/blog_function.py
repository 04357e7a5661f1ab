"""What the AWS blog's function does, for comparison: one function, one domain, a dictionary, no pages, no retries of its own, no way back.

It asks for user and group by the ids in the event, looks the role up, and creates the profile. As published it would break on an `@` in a user name;
here the name is made fit, so that it works at all.
"""

import json
import os
import re

import boto3

DOMAIN_ID = os.environ["DOMAIN_ID"]
ROLES = json.loads(os.environ["ROLES"])


def handler(event, _context):
    """Creates the profile of whoever has been added to a group that is in the dictionary."""
    asked = event["detail"]["requestParameters"]
    directory, studio = boto3.client("identitystore"), boto3.client("sagemaker", region_name=os.environ["DOMAIN_REGION"])
    store = asked["identityStoreId"]
    group = directory.describe_group(IdentityStoreId=store, GroupId=asked["groupId"])["DisplayName"]
    user = directory.describe_user(IdentityStoreId=store, UserId=asked["member"]["memberId"])["UserName"]
    if group not in ROLES:
        return f"{group} is not authorised"
    made = studio.create_user_profile(
        DomainId=DOMAIN_ID,
        UserProfileName=re.sub(r"[^a-zA-Z0-9]+", "-", user).strip("-"),
        SingleSignOnUserIdentifier="UserName",
        SingleSignOnUserValue=user,
        UserSettings={"ExecutionRole": ROLES[group]},
    )
    return made["UserProfileArn"]
