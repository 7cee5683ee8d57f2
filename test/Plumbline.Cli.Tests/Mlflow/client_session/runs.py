"""Runs: params, metrics, tags, inputs, searches, and what is refused."""

import time

import mlflow
from mlflow.entities import Metric, Param, RunTag, ViewType

from session import cases, pages, step


@step
def runs_log(s):
    mlflow.set_experiment("client")
    with mlflow.start_run(run_name="parent", tags={"t": "x"}, description="what it is") as parent:
        s.run = parent.info.run_id
        mlflow.log_param("C", 0.1)
        mlflow.log_params({"none": None, "list": [1, 2], "empty": "", "ü / ключ": "ß"})
        for number in range(3):
            mlflow.log_metric("loss", 1 / (number + 1), step=number, timestamp=1_700_000_000_000 + number)
        mlflow.log_metrics({"f1": 0.5, "auc": 0.75}, step=7)
        mlflow.set_tags({"a": 1, "b": "two"})
        mlflow.log_metric("later", 1.5, synchronous=False).wait()
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("f1", 0.9)
            s.child = child.info.run_id
    run, inner = s.client.get_run(s.run), s.client.get_run(s.child)
    kept = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.source") and key != "mlflow.user"}
    return [run.info.run_name, run.info.status, run.data.params, run.data.metrics, kept, inner.data.tags["mlflow.parentRunId"] == s.run]


@step
def runs_history(s):
    return [[point.step, point.timestamp, point.value] for point in s.client.get_metric_history(s.run, "loss")] + [len(s.client.get_metric_history(s.run, "absent"))]


@step
def runs_batch(s):
    run = s.client.create_run(s.experiment, run_name="batch", start_time=1_700_000_000_000)
    s.batch = run.info.run_id
    metrics = [Metric(f"m/{number}", number / 7, 1_700_000_000_000, number) for number in range(800)]
    s.client.log_batch(s.batch, metrics, [Param(f"p{number}", "v" * number) for number in range(100)], [RunTag(f"t{number}", "") for number in range(100)])
    s.client.log_batch(s.batch)
    data = s.client.get_run(s.batch).data
    return [len(data.metrics), len(data.params), len(data.tags), data.metrics["m/3"]]


@step
def runs_numbers(s):
    for key, value in {"nan": float("nan"), "inf": float("inf"), "small": 5e-324, "large": 1.5e308, "whole": 3}.items():
        s.client.log_metric(s.batch, key, value)
    data = s.client.get_run(s.batch).data.metrics
    return {key: repr(data[key]) for key in ["nan", "small", "large", "whole"]}


@step
def runs_infinity(s):
    return repr(s.client.get_run(s.batch).data.metrics["inf"])


@step
def runs_wrong(s):
    def batch(count):
        return lambda: s.client.log_batch(s.batch, [Metric("k", number, 1, number) for number in range(count)])

    return cases(
        other_value=lambda: s.client.log_param(s.run, "C", "0.2"),
        same_value=lambda: s.client.log_param(s.run, "C", "0.1"),
        long_key=lambda: s.client.log_param(s.run, "k" * 251, "v"),
        long_metric=lambda: s.client.log_metric(s.run, "k" * 251, 1),
        letters=lambda: s.client.log_param(s.run, "a$b", "v"),
        slashes=lambda: s.client.log_metric(s.run, "a//b", 1),
        dots=lambda: s.client.set_tag(s.run, "../b", "v"),
        text=lambda: s.client.log_metric(s.run, "m", "much"),
        early=lambda: s.client.log_metric(s.run, "m", 1, timestamp=-1),
        twice=lambda: s.client.log_batch(s.batch, params=[Param("twice", "1"), Param("twice", "2")]),
        many=batch(10_000),
        large=lambda: s.client.log_batch(s.batch, tags=[RunTag(f"big{number}", "x" * 7000) for number in range(100)] + [RunTag("more", "x" * 400_000)]),
        unknown=lambda: s.client.get_run("0" * 32),
        no_tag=lambda: s.client.delete_tag(s.run, "absent"),
        history=lambda: s.client.get_metric_history("0" * 32, "f1"),
        experiment=lambda: s.client.create_run("987654321"),
        status=lambda: s.client.set_terminated(s.batch, "NONSENSE"),
    )


@step
def runs_long_values(s):
    s.client.log_param(s.batch, "long", "v" * 7000)
    s.client.set_tag(s.batch, "long", "v" * 9000)
    data = s.client.get_run(s.batch).data
    return [len(data.params["long"]), len(data.tags["long"])]


@step
def runs_inputs(s):
    import numpy

    data = mlflow.data.from_numpy(numpy.array([[1.0, 2.0]]), name="train", digest="2981c147")
    with mlflow.start_run(run_id=s.run):
        mlflow.log_input(data, context="training", tags={"k": "v"})
    inputs = s.client.get_run(s.run).inputs.dataset_inputs
    return [[one.dataset.name, one.dataset.digest, one.dataset.source_type, sorted((tag.key, tag.value) for tag in one.tags)] for one in inputs]


@step
def runs_search(s):
    def search(filter_string="", order_by=None, **more):
        return [run.info.run_name for run in s.client.search_runs([s.experiment], filter_string, order_by=order_by or ["attributes.run_name ASC"], **more)]

    return cases(
        all=search,
        metric=lambda: search("metrics.f1 > 0.6"),
        metric_order=lambda: search("metrics.f1 > 0", ["metrics.f1 DESC"]),
        param=lambda: search("params.C = '0.1' and tags.b LIKE 't%'"),
        quoted=lambda: search("params.`ü / ключ` ILIKE 'SS' OR"),
        nested=lambda: search(f"tags.mlflow.parentRunId = '{s.run}'"),
        names=lambda: search("attributes.run_name IN ('child', 'batch')"),
        not_in=lambda: search("attributes.status = 'FINISHED' AND run_name NOT IN ('child')"),
        dataset=lambda: search("datasets.name = 'train' AND dataset.context = 'training'"),
        time=lambda: search("attributes.start_time = 1700000000000"),
        limit=lambda: search(max_results=1),
        unclosed=lambda: search("metrics.f1 > 0.5 AND params.a = 'x"),
        no_field=lambda: search("nonsense.a = 1"),
        comparator=lambda: search("params.a > '1'"),
        number=lambda: search("metrics.a = 'x'"),
        attribute=lambda: search("attributes.nonsense = 'x'"),
        order=lambda: search(order_by=["nonsense.x"]),
        most=lambda: search(max_results=50_001),
        token=lambda: s.client.search_runs([s.experiment], page_token="nonsense"),
    )


@step
def runs_pages(s):
    found = pages(s.client.search_runs, experiment_ids=[s.experiment], max_results=1, order_by=["attributes.run_name ASC"])
    return [[run.info.run_name for run in found], len(mlflow.search_runs([s.experiment], output_format="list"))]


@step
def runs_delete(s):
    s.client.delete_run(s.child)
    gone = [run.info.run_name for run in s.client.search_runs([s.experiment], run_view_type=ViewType.DELETED_ONLY)]
    refused = cases(log=lambda: s.client.log_metric(s.child, "f1", 1), tag=lambda: s.client.set_tag(s.child, "a", "b"))
    s.client.restore_run(s.child)
    return [gone, refused, s.client.get_run(s.child).info.lifecycle_stage]


@step
def runs_end(s):
    s.client.update_run(s.batch, name="renamed")
    s.client.set_terminated(s.batch, "KILLED", end_time=1_700_000_000_500)
    info = s.client.get_run(s.batch).info
    return [info.run_name, info.status, info.end_time]


@step
def runs_system_metrics(s):
    mlflow.set_system_metrics_sampling_interval(1)
    mlflow.set_system_metrics_samples_before_logging(1)
    with mlflow.start_run(run_name="system", log_system_metrics=True) as run:
        for _ in range(20):
            if any(key.startswith("system/") for key in s.client.get_run(run.info.run_id).data.metrics):
                break
            time.sleep(0.5)
    return any(key.startswith("system/cpu") for key in s.client.get_run(run.info.run_id).data.metrics)
