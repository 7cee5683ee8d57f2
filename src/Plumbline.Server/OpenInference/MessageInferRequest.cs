using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Google.Protobuf;
using Plumbline.Server.OpenInference.Wire;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.OpenInference;

/// <summary>A request over gRPC, answered in the form, raw or by type, in which its inputs came.</summary>
internal sealed class MessageInferRequest : InferRequest
{
    private readonly ModelInferRequest _message;

    private MessageInferRequest(ModelInferRequest message)
        : base(message.ModelName, message.ModelVersion.Length == 0 ? null : message.ModelVersion) => _message = message;

    /// <summary>Of the last <see cref="Write"/>.</summary>
    public ModelInferResponse? Response { get; private set; }

    private bool IsRaw => _message.RawInputContents.Count > 0;

    /// <param name="body">Receives the elements of the inputs.</param>
    /// <exception cref="ProblemException">The message is not what the protocol says.</exception>
    public static MessageInferRequest Read(ModelInferRequest message, ArrayBufferWriter<byte> body)
    {
        var request = new MessageInferRequest(message) { Id = message.Id };
        if (request.IsRaw && message.RawInputContents.Count != message.Inputs.Count)
            throw RequestJson.Invalid(new JsonPath("raw_input_contents"), $"must be as many as inputs, {message.Inputs.Count}, not {message.RawInputContents.Count}");
        for (var i = 0; i < message.Inputs.Count; i++)
        {
            var (input, start) = (message.Inputs[i], body.WrittenCount);
            if (!TensorDatatypes.TryParse(input.Datatype, out var datatype))
                throw RequestJson.Invalid(InferTensor.PathOf(input.Name), "has a datatype that is none of the protocol");
            if (request.IsRaw)
                body.Write(input.Contents is null ? message.RawInputContents[i].Span : throw RequestJson.Invalid(InferTensor.PathOf(input.Name), "must not have contents beside raw_input_contents"));
            else if (input.Contents is not null)
                Append(input.Contents, input.Name, datatype, body);
            request.Add(new InferTensor(input.Name, datatype, input.Shape, start, body.WrittenCount - start), body.WrittenSpan);
        }
        foreach (var output in message.Outputs)
            request.Ask(output.Name, request.IsRaw);
        return request;
    }

    public override void Write(Utf8JsonWriter json, ArrayBufferWriter<byte> output, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        var response = new ModelInferResponse { ModelName = ServedTensors.NameOf(model), ModelVersion = ServedTensors.VersionOf(model), Id = Id };
        if (answer.Warnings.Any)
            response.Parameters["warnings"] = new InferParameter { StringParam = WarningsOf(model, request, answer) };
        foreach (var name in Outputs.Count == 0 ? ServedTensors.OutputNames : Outputs.Select(asked => asked.Name))
        {
            var described = ServedTensors.Describe(name, model, request.Count);
            var tensor = new ModelInferResponse.Types.InferOutputTensor { Name = described.Name, Datatype = described.Datatype };
            tensor.Shape.AddRange(described.Shape);
            if (IsRaw)
            {
                var start = output.WrittenCount;
                TensorBytes.Write(output, name, model, request, answer);
                response.RawOutputContents.Add(ByteString.CopyFrom(output.WrittenSpan[start..]));
            }
            else
            {
                tensor.Contents = ContentsOf(name, model, request, answer);
            }
            response.Outputs.Add(tensor);
        }
        Response = response;
    }

    private static InferTensorContents ContentsOf(string name, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        var contents = new InferTensorContents();
        for (var item = 0; item < request.Count; item++)
        {
            if (name == ServedTensors.Label)
                contents.BytesContents.Add(UnsafeByteOperations.UnsafeWrap(model.Utf8Labels[answer.Chosen(item)]));
            else if (name == ServedTensors.PredictionId)
                contents.BytesContents.Add(ByteString.CopyFromUtf8(answer.Id(item).ToString()));
            else
                contents.Fp32Contents.AddRange(answer.Probabilities(item));
        }
        return contents;
    }

    private static void Append(InferTensorContents contents, string name, TensorDatatype datatype, ArrayBufferWriter<byte> body)
    {
        switch (datatype)
        {
            case TensorDatatype.Bytes:
                foreach (var element in contents.BytesContents)
                    TensorBytes.WriteElement(body, element.Span);
                break;
            case TensorDatatype.Fp32:
                foreach (var number in contents.Fp32Contents)
                    TensorBytes.WriteNumber(body, number);
                break;
            case TensorDatatype.Fp64:
                foreach (var number in contents.Fp64Contents)
                    AppendBits(BitConverter.DoubleToInt64Bits(number), datatype, body);
                break;
            case TensorDatatype.Fp16 or TensorDatatype.Bf16:
                throw RequestJson.Invalid(InferTensor.PathOf(name), $"cannot be {datatype.Name()} by type: send FP32");
            default:
                foreach (var number in WholeContents(contents, datatype))
                    AppendBits(datatype == TensorDatatype.Bool || datatype.Holds(number) ? number : throw RequestJson.Invalid(InferTensor.PathOf(name), $"has numbers that are none of {datatype.Name()}"), datatype, body);
                break;
        }
    }

    private static IEnumerable<Int128> WholeContents(InferTensorContents contents, TensorDatatype datatype) => datatype switch
    {
        TensorDatatype.Bool => contents.BoolContents.Select(value => (Int128)(value ? 1 : 0)),
        TensorDatatype.Int64 => contents.Int64Contents.Select(value => (Int128)value),
        TensorDatatype.UInt64 => contents.Uint64Contents.Select(value => (Int128)value),
        TensorDatatype.UInt8 or TensorDatatype.UInt16 or TensorDatatype.UInt32 => contents.UintContents.Select(value => (Int128)value),
        _ => contents.IntContents.Select(value => (Int128)value),
    };

    /// <summary>The lowest bytes, which of a value of the datatype are all.</summary>
    private static void AppendBits(Int128 value, TensorDatatype datatype, ArrayBufferWriter<byte> body)
    {
        BinaryPrimitives.WriteInt128LittleEndian(body.GetSpan(16), value);
        body.Advance(datatype.Size());
    }
}
