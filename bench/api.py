"""The API asked everything its own description allows and forbids: no answer may be a fault of ours, none may have an undescribed status.

    script/bench api [--examples 20] [--seed 1] [--only TEXT]

Schemathesis on a demonstration of its own, as an administrator. Ends with 1 when it found something, or when a process wrote of an error nobody
foresaw.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from core.web import ROOT
from tests.faults.run import token_of
from tests.installation import TUESDAY_MORNING, demonstration

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench api", description="Ask the API everything.")
    parser.add_argument("--examples", type=int, default=20, help="for each operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="operations whose path has this")
    parser.add_argument("--found", help="a file for what was found")
    chosen = parser.parse_args()
    with demonstration(TUESDAY_MORNING) as installation:
        token = token_of(installation, "admin@kestrel.example", "admin")
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{installation.port}/api/openapi.json"]
        command += ["-H", f"Authorization: Bearer {token}", "--checks", CHECKS, "--max-examples", str(chosen.examples)]
        command += ["--phases", "examples,coverage,fuzzing", "--seed", str(chosen.seed), "--no-shrink", "--continue-on-failure"]
        command += ["--warnings", "off", "--suppress-health-check", "all", "--request-timeout", "60"]
        if chosen.only:
            command += ["--include-path-regex", chosen.only]
        if chosen.found:
            command += ["--report", "ndjson", "--report-ndjson-path", chosen.found]
        found = subprocess.run(command, cwd=ROOT, check=False).returncode
        bugs = installation.bugs()
    for bug in bugs:
        print(bug)
    return 1 if found or bugs else 0


if __name__ == "__main__":
    sys.exit(main())
