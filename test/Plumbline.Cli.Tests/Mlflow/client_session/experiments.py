"""Experiments: made, found, renamed, deleted, restored."""

import mlflow
from mlflow.entities import ViewType

from session import cases, names, pages, step


@step
def experiments_create(s):
    s.experiment = mlflow.create_experiment("client", tags={"team": "nlp"})
    found = s.client.get_experiment_by_name("client")
    return [isinstance(s.experiment, str), found.name, found.lifecycle_stage, found.tags, found.artifact_location.startswith("mlflow-artifacts:/")]


@step
def experiments_wrong(s):
    return cases(
        exists=lambda: mlflow.create_experiment("client"),
        empty=lambda: s.client.create_experiment(""),
        long=lambda: s.client.create_experiment("x" * 501),
        missing=lambda: s.client.get_experiment_by_name("nope"),
        unknown=lambda: s.client.get_experiment("987654321"),
        filter=lambda: s.client.search_experiments(filter_string="name LIK 'x'"),
        order=lambda: s.client.search_experiments(order_by=["nonsense ASC"]),
        limit=lambda: s.client.search_experiments(max_results=0),
    )


@step
def experiments_search(s):
    for name in ["client b", "client a"]:
        s.client.create_experiment(name, tags={"kind": name[-1]})
    search = s.client.search_experiments
    return {
        "like": names(search(filter_string="name LIKE 'client%'", order_by=["name ASC"])),
        "ilike": names(search(filter_string="name ILIKE 'CLIENT %'", order_by=["name DESC"])),
        "tag": names(search(filter_string="tags.kind = 'a'")),
        "other": names(search(filter_string="name LIKE 'client%' AND tags.kind != 'a'", order_by=["name ASC"])),
        "pages": names(pages(search, max_results=1, filter_string="name LIKE 'client%'", order_by=["name ASC"])),
    }


@step
def experiments_change(s):
    other = s.client.get_experiment_by_name("client b").experiment_id
    s.client.rename_experiment(other, "client c")
    s.client.set_experiment_tag(other, "k", "v")
    changed = s.client.get_experiment(other)
    s.client.delete_experiment_tag(other, "k")
    s.client.delete_experiment(other)
    deleted = names(s.client.search_experiments(view_type=ViewType.DELETED_ONLY))
    refused = cases(run=lambda: s.client.create_run(other), again=lambda: mlflow.create_experiment("client c"), use=lambda: mlflow.set_experiment("client c"))
    s.client.restore_experiment(other)
    return [changed.name, changed.tags, deleted, refused, s.client.get_experiment(other).lifecycle_stage]
