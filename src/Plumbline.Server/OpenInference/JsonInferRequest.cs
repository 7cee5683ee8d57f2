using System.Buffers;
using System.Text.Json;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.OpenInference;

/// <summary>A request over HTTP, answered in JSON, and after it in the binary form where that is asked for.</summary>
internal sealed class JsonInferRequest(string model, string? version) : InferRequest(model, version)
{
    /// <summary>Whether outputs that nobody asked for by name are binary.</summary>
    public bool IsBinary { get; set; }

    /// <summary>Bytes of the answer's JSON where binary data follows it; null where none does.</summary>
    public int? Header { get; private set; }

    public override void Write(Utf8JsonWriter json, ArrayBufferWriter<byte> output, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        if (Outputs.Count == 0)
            Outputs.AddRange(ServedTensors.OutputNames.Select(name => new RequestedOutput(name, IsBinary)));
        json.WriteStartObject();
        json.WriteString("model_name"u8, ServedTensors.NameOf(model));
        json.WriteString("model_version"u8, ServedTensors.VersionOf(model));
        if (Id is not null)
            json.WriteString("id"u8, Id);
        if (answer.Warnings.Any)
        {
            json.WriteStartObject("parameters"u8);
            json.WriteString("warnings"u8, WarningsOf(model, request, answer));
            json.WriteEndObject();
        }
        json.WriteStartArray("outputs"u8);
        foreach (var asked in Outputs)
            WriteOutput(json, asked, model, request, answer);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        if (!Outputs.Exists(asked => asked.IsBinary))
            return;
        Header = output.WrittenCount;
        foreach (var asked in Outputs.Where(asked => asked.IsBinary))
            TensorBytes.Write(output, asked.Name, model, request, answer);
    }

    private static void WriteOutput(Utf8JsonWriter json, RequestedOutput asked, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        var described = ServedTensors.Describe(asked.Name, model, request.Count);
        json.WriteStartObject();
        json.WriteString("name"u8, described.Name);
        json.WriteString("datatype"u8, described.Datatype);
        json.WriteStartArray("shape"u8);
        foreach (var dimension in described.Shape)
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        if (asked.IsBinary)
        {
            json.WriteStartObject("parameters"u8);
            json.WriteNumber("binary_data_size"u8, TensorBytes.Size(asked.Name, model, request, answer));
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("data"u8);
            for (var item = 0; item < request.Count; item++)
                WriteElements(json, asked.Name, model, answer, item);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteElements(Utf8JsonWriter json, string name, ServedModel model, PredictionAnswer answer, int item)
    {
        if (name == ServedTensors.Label)
            json.WriteStringValue(model.Labels[answer.Chosen(item)]);
        else if (name == ServedTensors.PredictionId)
            json.WriteStringValue(answer.Id(item));
        else
        {
            foreach (var probability in answer.Probabilities(item))
                json.WriteNumberValue(probability);
        }
    }
}
