#!/usr/bin/env python3
"""Starts the services of compose.yaml without containers, and asks every question of the dashboards.

dashboards.py [VEIL]    the binary; by default that of the debug build

Kafka comes from its published jars (Maven fetches them once, as for the broker suite), Prometheus from the path.
The broker's settings, the topics, the policy, the events and Prometheus' own file are those of compose.yaml; only
names of hosts, ports and folders are put in the place of a container's. Grafana is not started: what it would ask
is read from its dashboards. Fails where a question has no answer, a rule cannot be evaluated, or veil does not
drain. Takes about two minutes.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TOPICS = re.search(r"for topic in (.*); do", (HERE / "compose.yaml").read_text())[1].split()
# Prometheus' own words for what Grafana puts in.
# The policy of compose.yaml follows no decisions of people, names no recipient outside of the house and
# lets no record wait for a release or be counted: these are asked, and answered by nobody.
FOLLOWING = re.compile(
    r"veil_consent_(?!bad_signals)|veil_state_|veil_vendor_score|veil_contract_end|veil_releases?_|veil_reident_"
    r"|veil_counts_"
)
INSTEAD = {"$job": ".*", "$topic": ".*", "$__rate_interval": "30s"}


def main():
    veil = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/debug/veil").resolve()
    for program in ("java", "prometheus", "promtool"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing; on Debian: apt-get install openjdk-17-jre-headless prometheus")
    with tempfile.TemporaryDirectory(prefix="veil-dashboards-") as home, contextlib.ExitStack() as stack:
        home = pathlib.Path(home)
        java = ["java", "-Xmx384m", "-cp", f"{jars(home)}/*"]
        broker = kafka(java, home, stack)
        feed(java, broker, stack)
        admin, running = sidecar(veil, broker, home, stack)
        api = prometheus(admin, home, stack)
        until("veil is ready", lambda: status(f"http://{admin}/readyz") == 200)
        # Rates need some scrapes.
        until("rates", lambda: answers(api, "sum(rate(veil_records_received_total[30s])) > 0"), 90)
        time.sleep(20)
        empty = ask_all(api)
        broken = [r["name"] for r in rules(api) if r["health"] != "ok"]
        firing = [r["name"] for r in rules(api) if r["state"] == "firing"]
        print(f"rules: {len(rules(api))} loaded, not evaluated {broken}, firing {firing}")
        running.terminate()
        code = running.wait(15)
        print(f"veil drained, exit code {code}")
        if empty or broken or firing or code:
            sys.exit("not all is well, see above")


def jars(home):
    """As tests/broker/kafka/jars.rs keeps them."""
    pom = ROOT / "tests/broker/pom.xml"
    version = re.search("<kafka.version>(.*)</kafka.version>", pom.read_text())[1]
    assert f"apache/kafka:{version}" in (HERE / "compose.yaml").read_text(), "one version for both"
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = pathlib.Path(os.environ.get("VEIL_KAFKA_JARS") or cache / "veilstream" / f"kafka-{version}")
    if not folder.is_dir():
        (home / "pom.xml").write_text(pom.read_text())
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={home}/jars"]
        subprocess.run(["mvn", "-q", "-B", "-f", home / "pom.xml", *goal], check=True)
        folder = home / "jars"
    return folder


def kafka(java, home, stack):
    """The broker, with what compose.yaml sets, and its topics."""
    port, controller = free_port(), free_port()
    text = (HERE / "compose.yaml").read_text()
    settings = dict(re.findall(r"^ +KAFKA_([A-Z_]+): \"?([^\"\n]*)\"?$", text, re.M))
    properties = {name.lower().replace("_", "."): value for name, value in settings.items()}
    assert properties["node.id"] == "1" and len(properties) > 8, properties
    lines = [f"{name}={value}" for name, value in properties.items()]
    lines = [re.sub(r"(kafka)?:9092", f"127.0.0.1:{port}", re.sub(r"(kafka)?:9093", f"127.0.0.1:{controller}", l)) for l in lines]
    (home / "server.properties").write_text("\n".join([*lines, f"log.dirs={home}/data", ""]))
    storage = [*java, "kafka.tools.StorageTool", "format", "-t", "dmVpbC1kYXNoYm9hcmRzLQ", "-c"]
    subprocess.run([*storage, home / "server.properties"], check=True, capture_output=True)
    start(stack, home, "kafka", [*java, "kafka.Kafka", home / "server.properties"])
    until("the broker answers", lambda: connects(port), 60)
    address = f"127.0.0.1:{port}"
    for topic in TOPICS:
        create = ["--create", "--if-not-exists", "--partitions", "3", "--replication-factor", "1", "--topic", topic]
        tool = [*java, "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", address]
        subprocess.run([*tool, *create], check=True, capture_output=True)
    return address


def feed(java, broker, stack):
    events = ROOT / "config/web-events.ndjson"
    producer = [*java, "org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", broker]
    producer += ["--topic", "web.events.raw"]
    events = stack.enter_context(
        process(["sh", "-c", f"while cat '{events}'; do sleep 0.05; done"], stdout=subprocess.PIPE)
    )
    stack.enter_context(process(producer, stdin=events.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def sidecar(veil, broker, home, stack):
    keys = [veil, "keys", "new", "--keyring", home / "keyring.json", "people", "contact", "quarantine"]
    subprocess.run(keys, check=True, capture_output=True)
    policy = (HERE / "compose/policy.yaml").read_text()
    (home / "policy.yaml").write_text(policy.replace("/var/lib/veil/", f"{home}/"))
    admin = f"127.0.0.1:{free_port()}"
    command = [veil, "run", f"--policy={home}/policy.yaml", "-X", f"bootstrap.servers={broker}"]
    environment = {**os.environ, "VEIL__HTTP": admin}
    running = start(stack, home, "veil", command, env=environment)
    until("veil answers", lambda: subprocess.run([veil, "health", "--live"], env=environment, capture_output=True).returncode == 0)
    return admin, running


def prometheus(admin, home, stack):
    file = (HERE / "compose/prometheus.yaml").read_text()
    assert "veil:9464" in file
    (home / "prometheus.yaml").write_text(file.replace("veil:9464", admin))
    shutil.copy(HERE / "prometheus/alerts.yaml", home)
    subprocess.run(["promtool", "check", "config", home / "prometheus.yaml"], check=True, capture_output=True)
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={home}/prometheus.yaml", f"--storage.tsdb.path={home}/tsdb"]
    start(stack, home, "prometheus", [*command, f"--web.listen-address={address}"])
    until("prometheus answers", lambda: status(f"http://{address}/-/ready") == 200)
    return f"http://{address}/api/v1"


def ask_all(api):
    """Asks everything; the questions without an answer."""
    asked, empty = 0, []
    for file in ("ops", "privacy"):
        board = json.loads((HERE / f"grafana/{file}.json").read_text())
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                expr = target["expr"]
                for name, value in INSTEAD.items():
                    expr = expr.replace(name, value)
                found, asked = answers(api, expr), asked + 1
                print(f"{file:8} {panel['title'][:40]:40} {found:3} series")
                if not found and not FOLLOWING.search(expr):
                    empty.append((panel["title"], expr))
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"]).groups()
                found, asked = answers(api, f"count by ({label}) ({selector.replace('$job', '.*')})"), asked + 1
                print(f"{file:8} ${variable['name']:39} {found:3} values")
                if not found:
                    empty.append((variable["name"], selector))
    print(f"{asked} questions, {len(empty)} without an answer")
    for title, expr in empty:
        print(f"NO DATA {title}: {expr}")
    return empty


def answers(api, expr):
    """How many series answer with a number."""
    result = get(f"{api}/query?{urllib.parse.urlencode({'query': expr})}")["data"]["result"]
    return sum(r["value"][1] != "NaN" for r in result)


def rules(api):
    return [r for group in get(f"{api}/rules")["data"]["groups"] for r in group["rules"]]


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status
    except OSError:
        return None


def start(stack, home, name, command, **more):
    log = stack.enter_context(open(home / f"{name}.log", "w"))
    running = stack.enter_context(process(command, stdout=log, stderr=log, **more))
    stack.callback(lambda: running.poll() and print(f"{name} ended with {running.poll()}:\n{(home / (name + '.log')).read_text()[-2000:]}"))
    return running


@contextlib.contextmanager
def process(command, **more):
    """A process that ends when we do."""
    running = subprocess.Popen(command, **more)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def until(what, probe, seconds=30):
    end = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > end:
            sys.exit(f"waited {seconds} s in vain: {what}")
        time.sleep(0.5)


def connects(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    main()
