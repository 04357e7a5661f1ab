"""Runs recorded executions on MiniStack's state machines, with the recorded answers in the place of the functions.

Takes a file with one JSON object: "definitions" (state machine -> definition, `${...}` filled in) and "recorded", a list of executions with
"title", "machine", "name" and "input", "tasks" (what was asked of each function, and what it answered), "states" (those outside of any Map, with
their inputs) and "end" (status, output, error, cause). Prints each difference as an object: title,
what differs, both sides, and the last state if it is the end that differs.

Endpoint and credentials of MiniStack come from the environment.
"""

import collections
import concurrent.futures
import http.server
import io
import itertools
import json
import queue
import re
import sys
import threading
import time
import zipfile

import boto3
from botocore.config import Config

LANES = 4
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 120
CONFIG = Config(retries={"total_max_attempts": 3, "mode": "standard"}, connect_timeout=5, read_timeout=60)
# Moments: they are different whenever something is run.
MOMENTS = {"since", "now", "StartDate"}

# What is deployed as every function: it hands on what it is asked, and answers what it is told.
FUNCTION = """#!{python}
import json, os, urllib.request
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(API + "next") as asked:
        invocation, payload = asked.headers["Lambda-Runtime-Aws-Request-Id"], asked.read()
    with urllib.request.urlopen("{replayer}/" + os.environ["AWS_LAMBDA_FUNCTION_NAME"], payload) as told:
        kind, answer = told.headers["Kind"], told.read()
    urllib.request.urlopen(API + invocation + "/" + kind, answer).close()
"""


def comparable(value):
    """The value without its moments. JSON inside a text, as the cause of a function's error, is taken apart: how it is spelled is nobody's business."""
    if isinstance(value, dict):
        return {key: "(a moment)" if key in MOMENTS else comparable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    if isinstance(value, str) and value.startswith("{"):
        try:
            return comparable(json.loads(value))
        except ValueError:
            return value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def masked(value):
    """The comparable value as a text that is the same for equal values."""
    return json.dumps(comparable(value), sort_keys=True)


class Lane:
    """One execution after the other, with functions and machines of its own: what is asked in a lane is asked by its execution."""

    def __init__(self, number):
        self.suffix, self.lock = f"-lane{number}", threading.Lock()
        self.left, self.asked = collections.defaultdict(list), []  # not asked yet; asked, and not recorded

    def prepare(self, tasks):
        self.left.clear()
        for task in tasks:
            self.left[task["function"], masked(task["payload"])].append(task)
        self.asked = []

    def tell(self, function, payload):
        """What the function answered when it was asked the same in the recording."""
        with self.lock:
            payload = self.plain(payload)
            known = self.left[function, masked(payload)]
            if known:
                return known.pop(0)
            self.asked.append({"function": function, "payload": payload})
            return {"error": "NotRecorded", "message": "nobody asked this in the recording"}

    def named(self, definition):
        """The definition with the lane's own functions and machines."""
        return re.sub(r"(:(?:function|stateMachine):[A-Za-z-]+)", rf"\1{self.suffix}", json.dumps(definition))

    def plain(self, value):
        """The value without the lane in any name."""
        return json.loads(json.dumps(value).replace(self.suffix, ""))

    def repeat(self, client, definitions, execution):
        self.prepare(execution["tasks"])
        made = self.machines(client, definitions, execution["machine"])
        came = self.plain(run(client, made[execution["machine"]], execution))
        for machine in made.values():
            client.delete_state_machine(stateMachineArn=machine)
        return [{"title": execution["title"], **found} for found in self.differences(execution, came)]

    def differences(self, execution, came):
        for task in self.asked:
            yield {"what": "task", "ours": None, "theirs": task}
        for task in (task for tasks in self.left.values() for task in tasks):
            yield {"what": "task", "ours": task, "theirs": None}
        for ours, theirs in itertools.zip_longest(execution["states"], came["states"]):
            if masked(ours) != masked(theirs):
                yield {"what": "state", "ours": comparable(ours), "theirs": comparable(theirs)}
        for member, ours in execution["end"].items():
            if masked(ours) != masked(came[member]):
                last = comparable(came["states"][-1])
                yield {"what": member, "ours": comparable(ours), "theirs": comparable(came[member]), "after": last}

    def machines(self, client, definitions, wanted):
        """Made for each execution, so that its name is free: the one it runs on, and beside it one that does nothing, for it to start."""
        idle = {"StartAt": "Started", "States": {"Started": {"Type": "Succeed"}}}
        return {
            machine: client.create_state_machine(
                name=machine + self.suffix,
                definition=self.named(definition if machine == wanted else idle),
                roleArn="arn:aws:iam::111122223333:role/machine",
            )["stateMachineArn"]
            for machine, definition in definitions.items()
        }


class Replayer(http.server.ThreadingHTTPServer):
    """Tells the functions of all lanes what to answer."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.lanes = {f"-lane{number}": Lane(number) for number in range(LANES)}

    def tell(self, name, payload):
        function, lane = name.rsplit("-", 1)
        return self.lanes["-" + lane].tell(function, payload)


class Answering(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        task = self.server.tell(self.path.removeprefix("/"), payload)
        failed = "error" in task
        answer = {"errorType": task["error"], "errorMessage": task["message"]} if failed else task["answer"]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Kind", "error" if failed else "response")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def package(replayer):
    script = FUNCTION.format(python=sys.executable, replayer=f"http://127.0.0.1:{replayer.server_address[1]}")
    bootstrap = zipfile.ZipInfo("bootstrap")
    bootstrap.external_attr = 0o755 << 16
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(bootstrap, script)
    return data.getvalue()


def deploy(functions, replayer):
    client, code = boto3.client("lambda", config=CONFIG), package(replayer)
    for name in functions:
        client.create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role="arn:aws:iam::111122223333:role/function",
            Timeout=60,
            Code={"ZipFile": code},
        )


def run(client, machine, execution):
    started = client.start_execution(
        stateMachineArn=machine, name=execution["name"], input=json.dumps(execution["input"])
    )["executionArn"]
    for _ in range(int(PATIENCE_SECONDS / PAUSE_SECONDS)):
        ended = client.describe_execution(executionArn=started)
        if ended["status"] != "RUNNING":
            break
        time.sleep(PAUSE_SECONDS)
    events = client.get_execution_history(executionArn=started, maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"] for event in events if "stateEnteredEventDetails" in event]
    return {
        "status": ended["status"],
        "output": json.loads(ended.get("output", "null")) if ended["status"] == "SUCCEEDED" else None,
        "error": ended.get("error"),
        "cause": ended.get("cause"),
        "states": [{"name": state["name"], "input": json.loads(state["input"])} for state in entered],
    }


def main():
    with open(sys.argv[1]) as file:
        given = json.load(file)
    definitions, recorded = given["definitions"], given["recorded"]
    replayer = Replayer()
    threading.Thread(target=replayer.serve_forever, daemon=True).start()
    functions = sorted({task["function"] for execution in recorded for task in execution["tasks"]})
    deploy([function + lane for lane in replayer.lanes for function in functions], replayer)
    client, free = boto3.client("stepfunctions", config=CONFIG), queue.SimpleQueue()
    for lane in replayer.lanes.values():
        free.put(lane)

    def repeat(execution):
        lane = free.get()
        try:
            return lane.repeat(client, definitions, execution)
        finally:
            free.put(lane)

    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        print(json.dumps(list(itertools.chain.from_iterable(pool.map(repeat, recorded)))))


if __name__ == "__main__":
    main()
