"""Logged models."""

import mlflow

from session import cases, names, step


def text_model():
    """A graph from texts to probabilities, which knows two words."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("LabelEncoder", ["text"], ["score"], domain="ai.onnx.ml", keys_strings=["good", "bad"], values_floats=[1.0, 0.0], default_float=0.5),
        helper.make_node("MatMul", ["score", "weights"], ["scores"]),
        helper.make_node("Add", ["scores", "bias"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes, "text",
        [helper.make_tensor_value_info("text", TensorProto.STRING, [None, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor("weights", TensorProto.FLOAT, [1, 2], [1.0, -1.0]), helper.make_tensor("bias", TensorProto.FLOAT, [2], [0.0, 1.0])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=8)
    helper.set_model_props(model, {"plumbline.labels": '["good", "bad"]'})
    return model


@step
def models_log(s):
    import numpy
    from mlflow.models import infer_signature

    texts = numpy.array([["good"], ["bad"]])
    signature = infer_signature(texts, {"probabilities": numpy.array([[1.0, 0.0], [0.0, 1.0]], dtype=numpy.float32)})
    with mlflow.start_run(run_name="model") as run:
        s.model_run = run.info.run_id
        mlflow.log_param("words", 2)
        info = mlflow.onnx.log_model(text_model(), name="text", signature=signature, input_example=texts, registered_model_name="client-model")
        s.model = info.model_id
        mlflow.log_metric("acc", 0.8, model_id=s.model)
        data = mlflow.data.from_numpy(numpy.array([[1.0]]), name="measured", digest="81c2")
        mlflow.log_metric("acc", 0.6, step=1, model_id=s.model, dataset=data)
    model = mlflow.get_logged_model(s.model)
    files = [file.path for file in s.client.list_artifacts(s.model_run, "text")]
    outputs = [output.model_id == s.model for output in s.client.get_run(s.model_run).outputs.model_outputs]
    return [model.name, str(model.status), model.source_run_id == s.model_run, model.params, [metric.key for metric in model.metrics], outputs, sorted(path.split("/")[-1] for path in files)]


@step
def models_load(s):
    import numpy

    loaded = mlflow.pyfunc.load_model(f"models:/{s.model}")
    return [value.tolist() for value in loaded.predict(numpy.array([["good"], ["else"]])).values()] + [loaded.metadata.signature is not None]


@step
def models_search(s):
    def search(filter_string=None, **more):
        return names(mlflow.search_logged_models([s.experiment], filter_string, output_format="list", **more))

    mlflow.set_logged_model_tags(s.model, {"k": "v"})
    return cases(
        name=lambda: search("name = 'text'"),
        tag=lambda: search("tags.k = 'v' AND params.words = '2'"),
        metric=lambda: search("metrics.acc > 0.5", order_by=[{"field_name": "metrics.acc", "ascending": False}]),
        none=lambda: search("metrics.acc > 0.9"),
        measured=lambda: search("metrics.acc > 0.5", datasets=[{"dataset_name": "measured", "dataset_digest": "81c2"}]),
        elsewhere=lambda: search("metrics.acc > 0.5", datasets=[{"dataset_name": "elsewhere"}]),
        wrong=lambda: search("nonsense LIKE"),
        unknown=lambda: s.client.get_logged_model("m-" + "0" * 32),
        no_tag=lambda: s.client.delete_logged_model_tag(s.model, "absent"),
        external=lambda: mlflow.create_external_model("external", tags={"e": "1"}).status.value,
        params=lambda: s.client.log_model_params(s.model, {"more": "1"}),
    )
