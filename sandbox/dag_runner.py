"""`python -m sandbox.dag_runner`: run DAGs with Airflow's own runner, one after the other, in one process.

Reads a JSON object a line on standard input, `{"dag": id, "conf": {…}, "variables": {…}}`, and answers each with a line
on standard output, `{"state": …, "seconds": …}`. The variables, of connections for example, are set from then on.
Airflow's own output belongs on standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time


def main() -> None:
    """Serve requests until standard input ends."""
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        from airflow.utils.cli import get_bagged_dag

        for line in sys.stdin:
            asked = json.loads(line)
            os.environ.update(asked["variables"])
            began = time.perf_counter()
            dag = get_bagged_dag(bundle_names=None, dag_id=asked["dag"])
            run = dag.test(logical_date=None, run_conf=asked["conf"])
            answer = {"state": str(run.state), "seconds": round(time.perf_counter() - began, 1)}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
