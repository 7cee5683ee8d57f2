using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Plumbline.Datasets.Aggregates;
using Plumbline.Server.Generations;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.OpenInference;

/// <summary>A request to infer, as it came over either wire: its tensors, whose elements stand in the body of its call, and what is asked for.</summary>
/// <param name="version">Null leaves it to the traffic plan.</param>
internal abstract class InferRequest(string model, string? version) : IProtocolRequest
{
    public const string Text = "text", User = "user", Item = "item", Time = "time";

    private readonly List<InferTensor> _tensors = [];

    public string? Id { get; set; }

    /// <summary>What is asked for, in this order; none asks for all.</summary>
    public List<RequestedOutput> Outputs { get; } = [];

    /// <exception cref="ProblemException">There is one of this name, or its elements are not as many as its shape says.</exception>
    public void Add(InferTensor tensor, ReadOnlySpan<byte> body)
    {
        if (Find(tensor.Name) is not null)
            throw tensor.Invalid("must not be sent twice");
        tensor.Check(body);
        _tensors.Add(tensor);
    }

    /// <exception cref="ProblemException">There is no such output.</exception>
    public void Ask(string name, bool isBinary)
    {
        if (!ServedTensors.OutputNames.Contains(name, StringComparer.Ordinal))
            throw RequestJson.Invalid(new JsonPath($"output {Problem.Shorten(name)}"), $"is none of {string.Join(", ", ServedTensors.OutputNames)}");
        Outputs.Add(new RequestedOutput(name, isBinary));
    }

    public ServedArm? Pin(ServingSet serving)
    {
        var arm = ServedTensors.Find(serving, model, version);
        return version is null ? null : arm;
    }

    public int FindKey(ReadOnlySpan<byte> body, EntityKind kind, Span<byte> key)
    {
        if (Find(NameOf(kind)) is not { } tensor || !(tensor.Datatype == TensorDatatype.Bytes || tensor.Datatype.IsWhole()))
            return 0;
        Span<byte> buffer = stackalloc byte[TensorElements.LongestName];
        var elements = tensor.Elements(body);
        if (!elements.MoveNext())
            return 0;
        var id = elements.Name(buffer);
        return id.TryCopyTo(key) ? id.Length : 0;
    }

    public abstract void Write(Utf8JsonWriter json, ArrayBufferWriter<byte> output, ServedModel model, PredictionRequest request, PredictionAnswer answer);

    /// <summary>Reads the tensors; as <see cref="ReadRequest"/>. Inputs that the model does not have are passed over, as its successor may have them.</summary>
    public void Read(ReadOnlySpan<byte> body, RequestLimits limits, PredictionRequest request)
    {
        var texts = Find(Text) ?? throw RequestJson.Invalid(InferTensor.PathOf(Text), "is missing");
        ReadTexts(texts, body, limits, request);
        request.Shape = RequestShape.Texts;
        foreach (var tensor in _tensors)
        {
            if (tensor == texts)
                continue;
            var feature = request.FindFeature(tensor.Name);
            if (feature >= 0)
                ReadFeature(tensor, feature, body, request);
            else if (tensor.Name == Time && request.UsesEntities)
                ReadTimes(tensor, body, request);
            else if (tensor.Name is User or Item && (request.UsesEntities || request.TakesKeysOnly))
                ReadKeys(tensor, tensor.Name == User ? EntityKind.User : EntityKind.Item, body, request);
        }
    }

    /// <summary>Parameters hold no objects, so that warnings are JSON in a string.</summary>
    protected static string WarningsOf(ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, AnswerWriter.Options))
            AnswerWriter.WriteWarnings(json, model, request, answer.Warnings);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static string NameOf(EntityKind kind) => kind == EntityKind.User ? User : Item;

    private static void ReadTexts(InferTensor tensor, ReadOnlySpan<byte> body, RequestLimits limits, PredictionRequest request)
    {
        if (tensor.Datatype != TensorDatatype.Bytes)
            throw tensor.Invalid($"must have the datatype BYTES, not {tensor.Datatype.Name()}");
        if (tensor.Rows < 1 || tensor.Rows > limits.Items)
            throw tensor.Invalid($"must have 1 to {limits.Items} elements, not {tensor.Rows}");
        var elements = tensor.Elements(body);
        for (var row = 0; elements.MoveNext(); row++)
        {
            var text = elements.Bytes;
            var path = tensor.Path with { Index = row };
            if (!Utf8.IsValid(text))
                throw RequestJson.Invalid(path, "must be UTF-8");
            if (text.Length > limits.TextLength && RequestJson.CountScalars(text) is var scalars && scalars > limits.TextLength)
                throw RequestJson.Invalid(path, $"has {scalars} characters; {limits.TextLength} are allowed");
            text.CopyTo(request.TextBuffer(text.Length));
            request.AddText(text.Length);
        }
    }

    private static void ReadFeature(InferTensor tensor, int feature, ReadOnlySpan<byte> body, PredictionRequest request)
    {
        CheckRows(tensor, request);
        var isName = request.IsCategorical(feature);
        if (isName ? !IsName(tensor.Datatype) && tensor.Datatype != TensorDatatype.Bool : !tensor.Datatype.IsNumeric())
            throw tensor.Invalid($"must have {(isName ? "the datatype BYTES, BOOL or one of whole numbers" : "the datatype FP32, FP64 or one of whole numbers")}, not {tensor.Datatype.Name()}");
        Span<byte> buffer = stackalloc byte[TensorElements.LongestName];
        var elements = tensor.Elements(body);
        for (var row = 0; elements.MoveNext(); row++)
        {
            if (!isName)
                request.AddNumber(feature, row, elements.Number);
            else if (elements.Name(buffer) is var name && Utf8.IsValid(name))
                request.AddCategory(feature, row, name);
            else
                throw RequestJson.Invalid(tensor.Path with { Index = row }, "must be UTF-8");
        }
    }

    private static void ReadKeys(InferTensor tensor, EntityKind kind, ReadOnlySpan<byte> body, PredictionRequest request)
    {
        CheckRows(tensor, request);
        CheckName(tensor);
        Span<byte> buffer = stackalloc byte[TensorElements.LongestName];
        var elements = tensor.Elements(body);
        for (var row = 0; elements.MoveNext(); row++)
        {
            var id = elements.Name(buffer);
            var path = tensor.Path with { Index = row };
            if (!Utf8.IsValid(id))
                throw RequestJson.Invalid(path, "must be UTF-8");
            request.Entities.AddKey(kind, row, id, path);
        }
    }

    private static void ReadTimes(InferTensor tensor, ReadOnlySpan<byte> body, PredictionRequest request)
    {
        CheckRows(tensor, request);
        CheckName(tensor);
        var elements = tensor.Elements(body);
        for (var row = 0; elements.MoveNext(); row++)
        {
            var path = tensor.Path with { Index = row };
            request.Entities.AddTime(row,
                tensor.Datatype != TensorDatatype.Bytes ? EntityColumns.ReadTime((decimal)elements.Whole, path)
                : elements.Bytes.IsEmpty ? null : EntityColumns.ReadTime(elements.Bytes, path));
        }
    }

    private static void CheckRows(InferTensor tensor, PredictionRequest request)
    {
        if (tensor.Rows != request.Count)
            throw tensor.Invalid($"must have {request.Count} elements, one for each text, not {tensor.Rows}");
    }

    private static void CheckName(InferTensor tensor)
    {
        if (!IsName(tensor.Datatype))
            throw tensor.Invalid($"must have the datatype BYTES or one of whole numbers, not {tensor.Datatype.Name()}");
    }

    private static bool IsName(TensorDatatype datatype) => datatype == TensorDatatype.Bytes || datatype.IsWhole();

    private InferTensor? Find(string name) => _tensors.Find(tensor => tensor.Name == name);
}

/// <param name="IsBinary">Over HTTP: after the JSON, in the binary form.</param>
internal sealed record RequestedOutput(string Name, bool IsBinary);
