"""What a registry of classifiers has or lacks besides, and the command line."""

import os
import subprocess
import sys

import mlflow

from session import cases, names, step


@step
def prompts(s):
    mlflow.genai.register_prompt("client-prompt", "Hello {{name}}", commit_message="first")
    mlflow.genai.set_prompt_alias("client-prompt", "live", 1)
    return [mlflow.genai.load_prompt("prompts:/client-prompt@live").template, names(s.client.search_registered_models("name = 'client-prompt'"))]


@step
def lacking_traces(s):
    with mlflow.start_span("span"):
        pass
    mlflow.flush_trace_async_logging()
    return cases(search=lambda: len(s.client.search_traces(locations=[s.experiment])), feedback=lambda: mlflow.log_feedback(trace_id="tr-1", name="n", value=True))


@step
def lacking_webhooks(s):
    return cases(list=lambda: len(s.client.list_webhooks()))


@step
def lacking_datasets(s):
    return cases(search=lambda: len(mlflow.genai.datasets.search_datasets(experiment_ids=[s.experiment])))



@step
def command_line(s):
    def run(*words):
        done = subprocess.run([sys.executable, "-m", "mlflow", *words], env={**os.environ, "MLFLOW_TRACKING_URI": s.uri}, capture_output=True, text=True, timeout=120)
        return [done.returncode, done.stdout]

    experiments, runs, artifacts = run("experiments", "search"), run("runs", "list", "--experiment-id", s.experiment), run("artifacts", "list", "--run-id", s.run)
    return [experiments[0], "client" in experiments[1], runs[0], "parent" in runs[1], artifacts[0], "m.json" in artifacts[1]]
