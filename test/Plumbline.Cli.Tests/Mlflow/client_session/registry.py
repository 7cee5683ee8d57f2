"""Registered models, versions, stages, aliases."""

import json
import pathlib

import mlflow

from session import attempt, cases, names, pages, step


@step
def registry_versions(s):
    s.client.create_registered_model("client-other", tags={"x": "y"}, description="d")
    made = s.client.create_model_version("client-other", f"runs:/{s.run}/tree", s.run, tags={"t": "1"}, description="first")
    mlflow.register_model(f"models:/{s.model}", "client-other")
    copied = s.client.copy_model_version("models:/client-model/1", "client-copy")
    s.client.update_model_version("client-other", "1", "better")
    s.client.set_model_version_tag("client-other", "1", "k", "v")
    s.client.delete_model_version_tag("client-other", "1", "k")
    s.client.set_registered_model_tag("client-other", "team", "nlp")
    s.client.update_registered_model("client-other", "described")
    first, model = s.client.get_model_version("client-other", "1"), s.client.get_registered_model("client-other")
    return [
        str(made.version), made.status, made.run_id == s.run, str(copied.version), first.description, first.tags, first.current_stage,
        model.description, model.tags, sorted(str(version.version) for version in model.latest_versions),
        s.client.get_model_version_download_uri("client-other", "1") == f"runs:/{s.run}/tree",
    ]


@step
def registry_stages(s):
    s.client.transition_model_version_stage("client-other", "1", "Production")
    s.client.transition_model_version_stage("client-other", "2", "Production", archive_existing_versions=True)
    latest = s.client.get_latest_versions("client-other", ["Production", "Archived"])
    return [sorted([str(version.version), version.current_stage] for version in latest)] + [
        cases(
            stage=lambda: s.client.transition_model_version_stage("client-other", "1", "Live"),
            stages=lambda: s.client.get_latest_versions("client-other", ["Live"]),
        )
    ]


@step
def registry_archive(s):
    return attempt(lambda: s.client.transition_model_version_stage("client-other", "1", "Archived", archive_existing_versions=True))


@step
def registry_aliases(s):
    s.client.set_registered_model_alias("client-model", "champion", "1")
    s.client.set_registered_model_alias("client-other", "champion", "2")
    s.client.set_registered_model_alias("client-other", "champion", "1")
    by_alias = s.client.get_model_version_by_alias("client-other", "champion")
    refused = cases(
        latest=lambda: s.client.set_registered_model_alias("client-other", "latest", "1"),
        version=lambda: s.client.set_registered_model_alias("client-other", "v3", "1"),
        spaces=lambda: s.client.set_registered_model_alias("client-other", "a b", "1"),
        no_version=lambda: s.client.set_registered_model_alias("client-other", "a", "99"),
        missing=lambda: s.client.get_model_version_by_alias("client-other", "absent"),
        no_model=lambda: s.client.get_model_version_by_alias("absent", "champion"),
    )
    aliases = dict(s.client.get_registered_model("client-other").aliases)
    s.client.delete_registered_model_alias("client-other", "champion")
    s.client.delete_registered_model_alias("client-other", "champion")
    return [str(by_alias.version), list(by_alias.aliases), refused, {alias: str(version) for alias, version in aliases.items()}]


@step
def registry_search(s):
    def versions(filter_string, **more):
        return [f"{version.name}/{version.version}" for version in s.client.search_model_versions(filter_string, **more)]

    return cases(
        models=lambda: names(s.client.search_registered_models("name LIKE 'client-%'", order_by=["name DESC"])),
        tags=lambda: names(s.client.search_registered_models("tags.team = 'nlp'")),
        pages=lambda: names(pages(s.client.search_registered_models, filter_string="name LIKE 'client-%'", max_results=1, order_by=["name ASC"])),
        versions=lambda: versions("name = 'client-other'", order_by=["version_number ASC"]),
        run=lambda: versions(f"run_id IN ('{s.run}')"),
        source=lambda: versions("name = 'client-other' AND source_path LIKE 'runs:%'"),
        tag=lambda: versions("tags.t = '1'"),
        wrong=lambda: versions("nonsense = 'x'"),
        comparator=lambda: s.client.search_registered_models("name > 'x'"),
        most=lambda: s.client.search_registered_models(max_results=1001),
    )


@step
def registry_wrong(s):
    return cases(
        exists=lambda: s.client.create_registered_model("client-other"),
        empty=lambda: s.client.create_registered_model(""),
        slash=lambda: s.client.create_registered_model("a/b"),
        no_model=lambda: s.client.get_registered_model("absent"),
        no_version=lambda: s.client.get_model_version("client-other", "99"),
        version=lambda: s.client.get_model_version("client-other", "x"),
        of_no_model=lambda: s.client.create_model_version("absent", f"runs:/{s.run}/tree", s.run),
        local=lambda: s.client.create_model_version("client-other", "/etc", s.run),
        traversal=lambda: s.client.create_model_version("client-other", "mlflow-artifacts:/0/../../etc", s.run),
        tag=lambda: s.client.set_model_version_tag("client-other", "99", "k", "v"),
        taken=lambda: s.client.rename_registered_model("client-copy", "client-other"),
        no_load=lambda: mlflow.pyfunc.load_model("models:/absent@champion"),
    )


@step
def registry_delete(s):
    renamed = s.client.rename_registered_model("client-copy", "client-renamed").name
    s.client.delete_model_version("client-renamed", "1")
    left = s.client.get_registered_model("client-renamed").latest_versions
    s.client.delete_registered_model("client-renamed")
    return [renamed, len(left), attempt(lambda: s.client.get_registered_model("client-renamed"))]


@step
def registry_load(s):
    import numpy

    return [value.tolist() for value in mlflow.pyfunc.load_model("models:/client-model@champion").predict(numpy.array([["bad"]])).values()]


@step
def trained_model(s):
    """What plumbline trained answers here as plumbline does."""
    import numpy

    expected = json.loads(pathlib.Path(s.expected).read_text())
    answers = mlflow.pyfunc.load_model(f"models:/{expected['model']}@champion").predict(numpy.array(expected["texts"]))
    difference = numpy.abs(answers["probabilities"] - numpy.array(expected["probabilities"])).max()
    return [list(answers["label"]) == expected["labels"], bool(difference < 1e-4)]
