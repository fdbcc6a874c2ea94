"""`make scan`: what attackers' and reviewers' tools find, each finding explained or the command fails.

bandit and semgrep read the code; wapiti, sqlmap and schemathesis attack a product started here, on 127.0.0.1, within
fixed times; csp_evaluator judges the policies. Each tool has an environment of its own under ``var/scan``: together
they break each other. Reasons of what stays: ``explained.yaml``. Writes benchmarks/results/scan.json.
"""

import base64
import fnmatch
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from benchmarks.load import RESULTS, ROOT, Server, guichet

HERE = Path(__file__).resolve().parent
TOOLS = ROOT / "var" / "scan"
PINNED = {
    "bandit": "bandit==1.9.4",
    "semgrep": "semgrep==1.185.0",
    "wapiti": "wapiti3==3.2.3",
    "sqlmap": "sqlmap==1.10.10",
    "schemathesis": "schemathesis==4.32.5",
}
WAPITI_SECONDS, SQLMAP_SECONDS = 150, 40
ATTACKED = (
    "/recherche?q=carte&theme=cartes",
    "/recherche/suggestions?q=carte",
    "/agences?q=nantes",
    "/ecrire/demande?theme=cartes",
    "/a/carte-perdue-ou-volee-opposition?de=facebook",
    "/en/search?q=card",
)
POLICED = ("/", "/ecrire/demande", "/integration/rivage/", "/integration/", "/nowhere", "/health")


@dataclass(frozen=True)
class Finding:
    """One thing that a tool says: its rule, the file or address, and the tool's own words."""

    tool: str
    rule: str
    where: str
    text: str


def main() -> int:
    """Exit status 1 when a finding has no reason, or a tool could not run."""
    found: list[Finding] = []
    times: dict[str, float] = {}
    steps: list[tuple[str, Callable[[], Iterator[Finding]]]] = [("bandit", bandit), ("semgrep", semgrep)]
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    with (
        tempfile.TemporaryDirectory(prefix="guichet-scan-") as folder,
        guichet("scanned", Path(folder), helpdesk(Path(folder), secret)) as product,
    ):
        product.wait("/")
        steps += [
            ("csp_evaluator", lambda: policies(product)),
            ("schemathesis", lambda: schemathesis(product, "docs/openapi-public.yaml", Path(folder))),
            ("schemathesis, signed", lambda: schemathesis(product, "docs/openapi/webhook.yaml", Path(folder), secret)),
            ("sqlmap", lambda: sqlmap(product, Path(folder))),
            ("wapiti", lambda: wapiti(product, Path(folder))),
        ]
        for name, step in steps:
            began = time.monotonic()
            mine = list(step())
            times[name] = round(time.monotonic() - began, 1)
            print(f"{name}: {len(mine)} findings, {times[name]} s")
            found += mine
        product.wait("/")
    reasons = yaml.safe_load((HERE / "explained.yaml").read_text(encoding="utf-8"))
    open_ones = [each for each in found if not any(_explains(reason, each) for reason in reasons)]
    for each in open_ones:
        print(f"NOT EXPLAINED  {each.tool} {each.rule} {each.where}: {each.text}")
    counts = Counter(f"{each.tool} {each.rule} {each.where}" for each in found)
    result = {
        "seconds": times,
        "findings": dict(sorted(counts.items())),
        "not explained": [asdict(e) for e in open_ones],
    }
    (RESULTS / "scan.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(found)} findings, {len(open_ones)} without a reason")
    return 1 if open_ones else 0


def _explains(reason: dict[str, str], found: Finding) -> bool:
    wanted = (reason["tool"], reason["rule"])
    return wanted == (found.tool, found.rule) and fnmatch.fnmatch(found.where, reason["where"])


def program(tool: str, name: str = "") -> str:
    """The tool's program, installed on first use in an environment of its own."""
    home = TOOLS / tool
    wanted = home / "bin" / (name or tool)
    mark = home / f".{PINNED[tool]}"
    if not mark.exists():
        print(f"installing {PINNED[tool]}…")
        venv.create(home, with_pip=True, clear=True)
        subprocess.run(
            [home / "bin" / "python", "-m", "pip", "install", "-q", PINNED[tool]], check=True, stderr=subprocess.DEVNULL
        )
        mark.touch()
    return str(wanted)


def _run(command: list[str], *, seconds: float, given: str = "", cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, input=given, capture_output=True, text=True, timeout=seconds)
    if not done.stdout.strip() and done.returncode:
        sys.exit(f"{command[0]} failed ({done.returncode}):\n{done.stderr[-2000:]}")
    return done.stdout


def bandit() -> Iterator[Finding]:
    out = _run([program("bandit"), "-q", "-r", "webapp", "-f", "json"], seconds=300)
    for each in json.loads(out)["results"]:
        yield Finding("bandit", each["test_id"], each["filename"].removeprefix("./"), each["issue_text"])


def semgrep() -> Iterator[Finding]:
    flags = ["--metrics=off", "--disable-version-check", "--json", "--quiet", "--config", str(HERE / "rules.yaml")]
    out = json.loads(_run([program("semgrep"), "scan", *flags, "webapp", "static"], seconds=600))
    if out["errors"]:
        sys.exit(f"semgrep could not read everything: {out['errors'][:3]}")
    for each in out["results"]:
        rule = each["check_id"].rpartition(".")[2]
        yield Finding("semgrep", rule, each["path"], f"line {each['start']['line']}: {each['extra']['message']}")


def policies(product: Server) -> Iterator[Finding]:
    """Severity 10 to 30 is high to medium in csp_evaluator's scale; higher numbers are advice."""
    asked = [[path, _header(product, path, "Content-Security-Policy")] for path in POLICED]
    out = _run(["node", str(HERE / "csp.mjs")], seconds=60, given=json.dumps(asked))
    for each in json.loads(out):
        yield Finding("csp_evaluator", f"{each['severity']} {each['directive']}", each["where"], each["description"])


def _header(product: Server, path: str, name: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers.get(name, "")


def helpdesk(folder: Path, secret: str) -> dict[str, str]:
    """Settings with a webhook, `scanned`, whose answers come back signed with `secret`."""
    (folder / "secret").write_text(secret, encoding="ascii")
    (folder / "destinations.toml").write_text(
        f'[scanned]\nkind = "webhook"\nurl = "https://helpdesk.example"\nsecret_file = "{folder}/secret"\n'
        f'answers_secret_file = "{folder}/secret"\n',
        encoding="utf-8",
    )
    return {"GUICHET_DESTINATIONS": str(folder / "destinations.toml")}


def schemathesis(product: Server, description: str, folder: Path, secret: str = "") -> Iterator[Finding]:
    """No answer outside the description, no 500, whatever is asked; signed with `secret` when there is one."""
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command = [program("schemathesis"), "run", description, "--url", product.url, "--checks", checks]
    command += ["--max-examples", "300" if secret else "60", "--seed", "3", "--no-color"]
    command += ["--suppress-health-check", "all"]
    env = dict(os.environ)
    if secret:
        env |= {"SCHEMATHESIS_HOOKS": "benchmarks.scan.signing", "SCANNED_SECRET": secret}
        env["PYTHONPATH"] = str(ROOT)
        whole = yaml.safe_load((ROOT / description).read_text(encoding="utf-8"))
        parameter = whole["paths"]["/crochets/{destination}"]["post"]["parameters"][0]
        parameter["schema"] = {"enum": ["scanned", "nobody"]}  # most names are of no destination: 404 and nothing tried
        del whole["webhooks"]  # what Guichet sends, to somebody else's server
        given = folder / "webhook.yaml"
        given.write_text(yaml.safe_dump(whole), encoding="utf-8")
        command[2] = str(given)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, env=env)
    if done.returncode:
        yield Finding("schemathesis", "run", description, done.stdout[-6000:])
    elif "passed" not in done.stdout and "No issues found" not in done.stdout:
        sys.exit(f"schemathesis tried nothing:\n{done.stdout[-2000:]}")


def sqlmap(product: Server, folder: Path) -> Iterator[Finding]:
    for number, path in enumerate(ATTACKED):
        command = [
            program("sqlmap"),
            "-u",
            product.url + path,
            "--batch",
            "--level",
            "2",
            "--risk",
            "1",
            "--flush-session",
        ]
        command += ["--disable-coloring", "--timeout", "5", "--output-dir", str(folder / f"sqlmap-{number}")]
        try:
            out = subprocess.run(command, capture_output=True, text=True, timeout=SQLMAP_SECONDS).stdout
        except subprocess.TimeoutExpired as stopped:
            out = (stopped.stdout or b"").decode() if isinstance(stopped.stdout, bytes) else (stopped.stdout or "")
        if "testing" not in out:
            sys.exit(f"sqlmap tried nothing on {path}:\n{out[-2000:]}")
        for line in out.splitlines():
            if "is vulnerable" in line or "identified the following injection point" in line:
                yield Finding("sqlmap", "injection", path, line)


def wapiti(product: Server, folder: Path) -> Iterator[Finding]:
    report = folder / "wapiti.json"
    modules = (
        "csp,exec,file,http_headers,permanentxss,redirect,sql,ssrf,timesql,xss,crlf,methods,cookieflags,xxe,upload"
    )
    command = [program("wapiti"), "-u", product.url + "/", "--scope", "domain", "-m", modules, "--flush-session"]
    command += ["--store-session", str(folder / "wapiti"), "--max-scan-time", str(WAPITI_SECONDS), "--depth", "6"]
    command += [
        "--max-links-per-page",
        "30",
        "--max-files-per-dir",
        "25",
        "-f",
        "json",
        "-o",
        str(report),
        "--no-bugreport",
    ]
    command += ["--max-attack-time", "25", "-S", "paranoid", "--tasks", "8"]
    subprocess.run(command, capture_output=True, text=True, timeout=WAPITI_SECONDS + 600, stdin=subprocess.DEVNULL)
    if not report.exists():
        sys.exit("wapiti wrote no report")
    found = json.loads(report.read_text(encoding="utf-8"))
    print(f"  wapiti crawled {found['infos'].get('crawled_pages_nbr')} pages")
    for kind in ("vulnerabilities", "anomalies"):
        for name, each in ((name, one) for name, several in found[kind].items() for one in several):
            yield Finding("wapiti", name, each["path"], f"{each['info']} {each['parameter'] or ''}".strip())


if __name__ == "__main__":
    sys.exit(main())
