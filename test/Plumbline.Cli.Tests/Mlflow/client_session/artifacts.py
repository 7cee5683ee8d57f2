"""Files of runs, up and down."""

import hashlib
import pathlib

import mlflow

from session import attempt, step


@step
def artifacts_log(s):
    import pandas

    source = s.folder / "source"
    (source / "sub folder" / "ü").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "sub folder" / "ü" / "100% é.bin").write_bytes(bytes(range(256)))
    with mlflow.start_run(run_id=s.run):
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": [1, 2]}, "m.json")
        mlflow.log_artifact(str(source / "a.txt"))
        mlflow.log_artifacts(str(source), "tree")
        mlflow.log_table(pandas.DataFrame({"x": [1, 2]}), "table.json")
        mlflow.log_table(pandas.DataFrame({"x": [3]}), "table.json")
    return [
        sorted((file.path, file.is_dir, file.file_size) for file in s.client.list_artifacts(s.run)),
        sorted((file.path, file.is_dir, file.file_size) for file in s.client.list_artifacts(s.run, "tree/sub folder")),
        [file.path for file in s.client.list_artifacts(s.run, "absent")],
        [file.path for file in s.client.list_artifacts(s.run, "m.json")],
    ]


@step
def artifacts_download(s):
    target = s.folder / "target"
    target.mkdir()
    root = pathlib.Path(s.client.download_artifacts(s.run, "", str(target)))
    files = {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}
    return [
        {path: digest for path, digest in files.items() if path != "table.json"},
        mlflow.artifacts.load_text(f"runs:/{s.run}/notes/hello.txt"),
        mlflow.artifacts.load_dict(f"runs:/{s.run}/m.json"),
        mlflow.load_table("table.json", run_ids=[s.run])["x"].tolist(),
        attempt(lambda: s.client.download_artifacts(s.run, "absent", str(target))),
    ]


@step
def artifacts_figure(s):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2])
    with mlflow.start_run(run_id=s.run):
        mlflow.log_figure(figure, "figure.png")
    return [file.path for file in s.client.list_artifacts(s.run) if file.path == "figure.png"]


@step
def artifacts_big(s):
    """Beyond the size from which the client asks for parts."""
    block = hashlib.sha256(b"big").digest() * 32_768
    path = s.folder / "big.bin"
    path.write_bytes(block * 20)
    with mlflow.start_run(run_id=s.run):
        mlflow.log_artifact(str(path), "large")
    got = pathlib.Path(s.client.download_artifacts(s.run, "large/big.bin", str(s.folder)))
    return [got.stat().st_size, got.read_bytes() == path.read_bytes()]
