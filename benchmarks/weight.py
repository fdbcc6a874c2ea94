"""`make bench-weight`: what a first visit costs in a browser, and Lighthouse's opinion (phone profile).

Wire bytes and requests are Chromium's own count with an empty cache; `gzip, br` as a browser asks for them. Writes
benchmarks/results/weight.json.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.load import RESULTS, ROOT, Server, guichet

PAGES = {"home": "/", "article": "/questions/carte-perdue-ou-volee", "form": "/ecrire/demande"}
CHROMIUM = "/usr/bin/chromium"


def weigh(server: Server) -> dict[str, dict[str, float]]:
    """Requests, kB on the wire, kB decoded and foreign hosts for each page, first visit."""
    weights = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, path in PAGES.items():
            page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
            session = page.context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.setCacheDisabled", {"cacheDisabled": True})
            wire: list[float] = []
            decoded: list[float] = []
            hosts: set[str] = set()
            session.on("Network.loadingFinished", lambda event, wire=wire: wire.append(event["encodedDataLength"]))
            session.on("Network.dataReceived", lambda event, decoded=decoded: decoded.append(event["dataLength"]))
            session.on("Network.requestWillBeSent", lambda e, hosts=hosts: hosts.add(e["request"]["url"].split("/")[2]))
            page.goto(server.url + path, wait_until="networkidle")
            weights[name] = {
                "requests": len(wire),
                "wire_kb": round(sum(wire) / 1000, 1),
                "decoded_kb": round(sum(decoded) / 1000, 1),
                "foreign_hosts": len(hosts - {f"127.0.0.1:{server.port}"}),
            }
            page.context.close()
        browser.close()
    return weights


def lighthouse(server: Server, path: str, folder: Path) -> dict[str, object]:
    """Scores out of 100 and the audits that are not perfect."""
    out = folder / "lighthouse.json"
    flags = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
    command = ["node", "benchmarks/node_modules/lighthouse/cli/index.js", server.url + path, "--quiet"]
    command += [f"--chrome-flags={flags}", "--output=json", f"--output-path={out}"]
    command += ["--only-categories=performance,accessibility,best-practices,seo"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "CHROME_PATH": CHROMIUM}, check=True, timeout=180)
    report = json.loads(out.read_text())
    scores = {name: round(100 * each["score"]) for name, each in report["categories"].items()}
    weighty = {
        audit["id"]
        for each in report["categories"].values()
        for audit in each["auditRefs"]
        if audit["weight"]
        and (report["audits"][audit["id"]]["score"] or 0) < 1
        and report["audits"][audit["id"]]["scoreDisplayMode"] not in ("notApplicable", "informative", "manual")
    }
    return {"scores": scores, "not perfect": sorted(weighty)}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name, guichet("guichet", Path(name)) as server:
        server.wait("/")
        results: dict[str, object] = {"weight": weigh(server)}
        results["lighthouse"] = {page: lighthouse(server, path, Path(name)) for page, path in PAGES.items()}
    print(json.dumps(results, indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "weight.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
