"""A session of MLflow's own client against a server. One JSON line for each step goes to --out: what came of it, without ids and times, or the error."""

import argparse
import json

# Sets what the client reads of its environment, hence the first.
import session

import mlflow

# Each adds its steps, in this order.
import experiments
import runs
import artifacts
import models
import registry
import others


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--uri", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--expected", help="what plumbline answers with a model that it trained; without, that step is left out")
    arguments = parser.parse_args()
    mlflow.set_tracking_uri(arguments.uri)
    state = session.Session(arguments)
    with open(arguments.out, "w", encoding="utf-8") as out:
        for one in session.STEPS:
            if one is not registry.trained_model or arguments.expected:
                print(json.dumps({"step": one.__name__, "outcome": session.attempt(lambda: one(state))}, ensure_ascii=False, sort_keys=True, default=str), file=out, flush=True)


if __name__ == "__main__":
    main()
