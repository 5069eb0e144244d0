#!/usr/bin/env python3
"""Deploy the SAM template to a local AWS emulator, then run a command against it.

    pip install ministack==1.5.33 aws-sam-translator==1.115.0 boto3==1.43.106 botocore==1.43.106
    python tests/emulator/deploy.py --template template.yaml --binaries target/lambda \\
        --fakes http://127.0.0.1:PORT -- COMMAND...

The emulator runs the real Lambda binaries as plain processes, without Docker, on
a free loopback port; it keeps everything in one temporary directory and is gone
when this script ends. COMMAND sees BASE_URL (the API's stage, no slash at the
end), FAKES_URL, and AWS_* with the emulator's endpoint and test keys, so that
nothing it starts can reach a real account by accident. Its exit code is ours.
When anything fails, the ends of all logs go to stderr.

A copy of the template is expanded by the SAM translator and then bent where the
emulator differs from the cloud: one function each, whose docstring says what it
makes up for. What cannot be bent is not proven here:

- Stream mappings ignore ReportBatchItemFailures (records named as failed count
  as done), MaximumRetryAttempts and BisectBatchOnFunctionError. A batch whose
  function fails is retried each second and holds up those behind it until
  MaximumRecordAgeInSeconds has passed; only then is it dead-lettered.
- Schedules fire on a 10 s tick, `rate` one whole period after creation; `cron`
  is read as UTC whatever its time zone says.
- A function that crashes or times out is answered with a 502 that shows its
  error as JSON, not with the DEFAULT_5XX gateway response; $context.path stays
  as it is in gateway responses.
- IAM and bucket policies, reserved concurrency, PITR, encryption and lifecycle
  rules are accepted and do nothing. Throttling of the stage does work.
- The source address is the first X-Forwarded-For entry the client sent.
"""

import argparse
import collections
import contextlib
import copy
import io
import json
import logging
import os
import pathlib
import platform
import shlex
import signal
import socket
import string
import subprocess
import sys
import tempfile
import time
import types
import urllib.request
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from samtranslator.translator.transform import transform as expand_sam
from samtranslator.yaml_helper import yaml_parse

REGION = "ap-northeast-2"
STACK = "maru"
ARTIFACTS = "deploy-artifacts"
METHODS = ("get", "post", "put", "patch", "delete", "options", "head")

# The emulator hands functions a percent-decoded path; a REST API in the cloud
# hands it over as the client wrote it.
EMULATOR = """
import ministack.app as emulator
serve = emulator.app
async def serve_encoded(scope, receive, send):
    if scope["type"] == "http" and scope["path"].startswith("/_aws/execute-api/"):
        scope = scope | {"path": scope["raw_path"].decode("ascii")}
    await serve(scope, receive, send)
emulator.app = serve_encoded
emulator.main()
"""


class DeployError(Exception):
    """Something a person can act on; needs no traceback."""


class Emulator:
    """One emulator process on a free loopback port, with its own directory."""

    def __init__(self, home: pathlib.Path):
        (home / "tmp").mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / "emulator.log"
        # Functions inherit this, so it is bare: the machine must not lend a
        # variable the template forgot.
        environment = {
            "PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TMPDIR": str(home / "tmp"),
            "LANG": "C.UTF-8", "GATEWAY_PORT": port, "MINISTACK_HOST": "127.0.0.1", "MINISTACK_REGION": REGION,
            "BIND_HOST": "127.0.0.1",  # The default is every interface.
            "PERSIST_STATE": "0", "STATE_DIR": str(home / "state"), "S3_DATA_DIR": str(home / "s3"),
            "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",  # Listeners on fixed ports.
            # It would sweep containers at start and stop; keep it off a Docker that is there.
            "LAMBDA_EXECUTOR": "local", "DOCKER_HOST": f"unix://{home}/none.sock",
        }
        with self.log.open("wb") as log:
            # A session of its own, so that stop() reaches the functions too.
            self.process = subprocess.Popen([sys.executable, "-c", EMULATOR], cwd=home, env=environment, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def client(self, service: str):
        return boto3.client(service, endpoint_url=self.url, config=Config(s3={"addressing_style": "path"}))

    def wait_until_healthy(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), direct.open(f"{self.url}/_ministack/health", timeout=2):
                return
            time.sleep(0.1)
        raise DeployError(f"the emulator was not ready within {seconds:.0f} s (exit code {self.process.poll()})")

    def stop(self) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def launcher(directory: pathlib.Path) -> bytes:
    """A deployment package that starts the built binary where it lies.

    The emulator holds packages in memory; some forty binaries of 10 MB would
    take it minutes and gigabytes.
    """
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(entry, f"#!/bin/sh\ncd {shlex.quote(str(directory))} || exit 1\n"
                                'LAMBDA_TASK_ROOT="$PWD" exec ./bootstrap\n')
    return package.getvalue()


def point_code_at_artifacts(template: dict, binaries: pathlib.Path) -> dict[str, bytes]:
    """Replace each local CodeUri by an object to upload; returns key -> package."""
    packages, missing = {}, []
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            directory = binaries.resolve() / pathlib.PurePosixPath(resource["Properties"]["CodeUri"]).name
            if not os.access(directory / "bootstrap", os.X_OK):
                missing.append(directory.name)
            packages[f"{directory.name}.zip"] = launcher(directory)
            resource["Properties"]["CodeUri"] = {"Bucket": ARTIFACTS, "Key": f"{directory.name}.zip"}
    if missing:
        raise DeployError(f"not built in {binaries}: {', '.join(sorted(missing))}")
    return packages


def of_type(resources: dict, kind: str) -> list[tuple[str, dict]]:
    """Logical id and properties of every resource of one type."""
    return [(name, r.setdefault("Properties", {})) for name, r in resources.items() if r["Type"] == kind]


def spell_out_any_method(node) -> None:
    """The OpenAPI import knows no ANY: every call to such a path is answered as unrouted.

    Done after the expansion, so the number of resources is the cloud's.
    """
    if isinstance(node, dict):
        if operation := node.pop("x-amazon-apigateway-any-method", None):
            for method in METHODS:
                node.setdefault(method, copy.deepcopy(operation))
        node = list(node.values())
    for child in node if isinstance(node, list) else []:
        spell_out_any_method(child)


def lift_api_settings(resources: dict) -> None:
    """Gateway responses and binary types are ignored in the OpenAPI body, where SAM puts them."""
    for name, api in of_type(resources, "AWS::ApiGateway::RestApi"):
        body = api.get("Body", {})
        # As a property they stand there too, but with the ~1 CloudFormation wants for a slash.
        api["BinaryMediaTypes"] = body.get("x-amazon-apigateway-binary-media-types", [])
        answers = []
        for kind, answer in body.get("x-amazon-apigateway-gateway-responses", {}).items():
            answers.append(f"{name}Answer{kind.replace('_', '')}")
            resources[answers[-1]] = {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": {
                "RestApiId": {"Ref": name}, "ResponseType": kind,
                **{key[0].upper() + key[1:]: value for key, value in answer.items()}}}
        for deployment, properties in of_type(resources, "AWS::ApiGateway::Deployment"):
            if properties["RestApiId"] == {"Ref": name}:  # It takes the responses that exist by then.
                resources[deployment].setdefault("DependsOn", []).extend(answers)


def generate_secrets(resources: dict, fields: dict[str, str]) -> None:
    """Of GenerateSecretString's exclusions only ExcludeCharacters is honoured.

    `fields` are put into the secret from the start, as the operator does after
    a deployment.
    """
    for _, secret in of_type(resources, "AWS::SecretsManager::Secret"):
        if recipe := secret.get("GenerateSecretString"):
            if recipe.get("ExcludePunctuation"):
                recipe["ExcludeCharacters"] = recipe.get("ExcludeCharacters", "") + string.punctuation
            if known := json.loads(recipe.get("SecretStringTemplate", "{}")):
                recipe["SecretStringTemplate"] = json.dumps(known | fields)


def simplify_alarms(resources: dict) -> None:
    """Metric math makes the emulator refuse the stack; such an alarm watches one of its metrics here."""
    for _, alarm in of_type(resources, "AWS::CloudWatch::Alarm"):
        if metrics := alarm.pop("Metrics", None):
            plain = next((m["MetricStat"]["Metric"] for m in metrics if "MetricStat" in m), {})
            alarm |= {"Namespace": plain.get("Namespace", "None"), "MetricName": plain.get("MetricName", "None"),
                      "Threshold": alarm.get("Threshold", 0), "Statistic": "Sum", "Period": 60}


def add_environment(resources: dict, variables: dict[str, str]) -> None:
    """The emulator tells its functions nothing of its endpoint."""
    for _, function in of_type(resources, "AWS::Lambda::Function"):
        function.setdefault("Environment", {}).setdefault("Variables", {}).update(variables)


def enable_expiry(emulator: Emulator, resources: dict, physical: dict[str, str]) -> None:
    """TimeToLiveSpecification is ignored at creation; the API call for it works."""
    for name, table in of_type(resources, "AWS::DynamoDB::Table"):
        if name in physical and (expiry := table.get("TimeToLiveSpecification")):
            emulator.client("dynamodb").update_time_to_live(TableName=physical[name], TimeToLiveSpecification=expiry)


def deploy(emulator: Emulator, options: argparse.Namespace) -> str:
    """Create the stack; returns the base URL of its API's stage."""
    # Through JSON, because YAML takes an unquoted policy version for a date.
    template = json.loads(json.dumps(yaml_parse(options.template.read_text(encoding="utf-8")), default=str))
    declared = template.get("Parameters", {})
    parameters = {
        "Architecture": "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64",
        "AppBaseUrl": "https://app.example.kr", "OwnerEmail": "owner@example.kr", "SenderEmail": "no-reply@example.kr",
        "TossBaseUrl": f"{options.fakes}/outside/toss", "PayWindowUrl": f"{options.fakes}/local/toss/pay",
        "TossClientKey": "test_ck_example", "KakaoRestApiKey": "local-rest-key",
        "KakaoRedirectUris": f"{options.fakes}/local/app/kakao",
        "KakaoAuthUrl": f"{options.fakes}/outside/kauth",
        "KakaoApiUrl": f"{options.fakes}/outside/kapi"} | options.parameter
    if unknown := parameters.keys() - declared.keys():
        raise DeployError(f"the template has no parameter {', '.join(sorted(unknown))}")

    packages = point_code_at_artifacts(template, options.binaries)
    # Expanded here rather than by the emulator, which would use the parameters' defaults for it.
    no_managed_policies = types.SimpleNamespace(load=dict)
    template = expand_sam(template, dict(parameters), no_managed_policies)
    resources = template["Resources"]
    print(f"{len(resources)} resources after the SAM expansion", flush=True)
    for _, api in of_type(resources, "AWS::ApiGateway::RestApi"):
        spell_out_any_method(api)
    lift_api_settings(resources)
    generate_secrets(resources, options.secret)
    simplify_alarms(resources)
    add_environment(resources, {
        "AWS_ENDPOINT_URL": emulator.url,
        # Mail goes to the fakes, which keep it; the emulator's SES also wants verified senders.
        "AWS_ENDPOINT_URL_SES": f"{options.fakes}/outside/ses"} | options.function_env)

    storage, formation = emulator.client("s3"), emulator.client("cloudformation")
    storage.create_bucket(Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION})
    # By URL: a template inside the request may have 51,200 bytes at most.
    packages["template.json"] = json.dumps(template).encode()
    for key, package in packages.items():
        storage.put_object(Bucket=ARTIFACTS, Key=key, Body=package)
    started = time.monotonic()
    formation.create_stack(
        StackName=STACK, TemplateURL=f"{emulator.url}/{ARTIFACTS}/template.json", OnFailure="DO_NOTHING",
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()])
    wait_for_stack(formation)
    created = [resource for page in formation.get_paginator("list_stack_resources").paginate(StackName=STACK)
               for resource in page["StackResourceSummaries"]]
    enable_expiry(emulator, resources, {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in created})
    print(f"{len(created)} resources created in {time.monotonic() - started:.1f} s", flush=True)

    apis, stages = ([r["PhysicalResourceId"] for r in created if r["ResourceType"] == f"AWS::ApiGateway::{kind}"]
                    for kind in ("RestApi", "Stage"))
    if len(apis) != 1 or len(stages) != 1:
        raise DeployError(f"expected one REST API with one stage, found {apis} and {stages}")
    return f"{emulator.url}/_aws/execute-api/{apis[0]}/{stages[0]}"


def wait_for_stack(formation, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    status = "CREATE_IN_PROGRESS"
    while status.endswith("_IN_PROGRESS") and time.monotonic() < deadline:
        time.sleep(0.1)
        status = formation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    if status != "CREATE_COMPLETE":
        events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
        raise DeployError("\n  ".join([f"the stack is {status}"] + [
            f"{event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
            for event in events if event["ResourceStatus"].endswith("FAILED")]))


def print_logs(emulator: Emulator, lines: int = 60) -> None:
    """The ends of all logs, to stderr. Functions' logs live as long as the emulator."""
    logs = emulator.client("logs")
    with contextlib.suppress(Exception):  # A diagnosis must not hide what it diagnoses.
        for group in (g["logGroupName"] for page in logs.get_paginator("describe_log_groups").paginate()
                      for g in page["logGroups"]):
            tail = collections.deque(maxlen=lines)
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
                tail.extend(event["message"] for event in page["events"]
                            if not event["message"].startswith(("START ", "END ", "REPORT ")))
            if tail:
                print(f"--- {group}", *tail, sep="\n", file=sys.stderr)
    tail = collections.deque(emulator.log.read_text(encoding="utf-8", errors="replace").splitlines(), maxlen=lines)
    print("--- emulator", *tail, sep="\n", file=sys.stderr)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--template", type=pathlib.Path, required=True)
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help="holds NAME/bootstrap of every function")
    parser.add_argument("--fakes", required=True, help="base URL of the fake payment, mail and message providers")
    for flag, what in (("--parameter", "a template parameter"), ("--secret", "a field of the stack's secret"),
                       ("--function-env", "a variable of every function")):
        parser.add_argument(flag, action="append", default=[], metavar="NAME=VALUE",
                            help=f"{what}; {{fakes}} in VALUE stands for --fakes")
    parser.add_argument("--timeout", type=float, default=1200, help="seconds COMMAND may take (default 1200)")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args()
    options.fakes = options.fakes.rstrip("/")
    for field in ("parameter", "secret", "function_env"):
        if wrong := [text for text in getattr(options, field) if "=" not in text]:
            parser.error(f"{wrong[0]!r} is not NAME=VALUE")
        setattr(options, field, dict(text.replace("{fakes}", options.fakes).split("=", 1)
                                     for text in getattr(options, field)))
    for field, value in (("toss_secret_key", "test_sk_local"), ("kakao_client_secret", "local-client-secret"),
                         ("kakao_admin_key", "local-admin-key")):
        options.secret.setdefault(field, value)
    return options


def main() -> int:
    options = parse_arguments()
    # A cancelled CI job sends SIGTERM; as an exception it passes the clean-up below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    # For the clients here, the SAM translator and COMMAND.
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "",
                   "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "FAKES_URL": options.fakes}
    with tempfile.TemporaryDirectory(prefix="emulator-", ignore_cleanup_errors=True) as home:
        emulator = Emulator(pathlib.Path(home))
        code = 1
        try:
            emulator.wait_until_healthy()
            os.environ |= {"AWS_ENDPOINT_URL": emulator.url, "BASE_URL": deploy(emulator, options)}
            print(f"BASE_URL={os.environ['BASE_URL']}", flush=True)
            code = subprocess.run(options.command, timeout=options.timeout).returncode
            code = code if code >= 0 else 128 - code
        except (DeployError, ClientError) as error:
            print(f"deploy.py: {error}", file=sys.stderr)
        except subprocess.TimeoutExpired:
            print(f"deploy.py: the command was still running after {options.timeout:.0f} s", file=sys.stderr)
            code = 124
        finally:
            try:
                if code:
                    print_logs(emulator)
            finally:  # Even when nobody reads stderr any more.
                emulator.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
