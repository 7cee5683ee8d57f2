using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Plumbline.Server.OpenInference.Wire;

namespace Plumbline.Server.Tests.OpenInference;

/// <summary>What the Open Inference Protocol asks of a server over gRPC.</summary>
public sealed class GrpcTests : IAsyncLifetime
{
    private const string Secret = "correct-horse-battery";

    private RunningServer _server = null!;
    private GrpcCaller _caller = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync(RunningServer.Options with
        {
            GrpcPort = 0,
            ApiKeys = [new("shop", Secret, 1000)],
            TrustLoopback = true,
            Limits = new RequestLimits { BodyBytes = 100_000 },
        });
        _caller = new GrpcCaller(_server.Server.GrpcAddress!);
    }

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public void Messages_OfTheProtocol_HaveItsNumbers()
    {
        Numbers(ModelInferRequest.Descriptor).ShouldBe("model_name=1 model_version=2 id=3 parameters=4 inputs=5 outputs=6 raw_input_contents=7");
        Numbers(ModelInferRequest.Types.InferInputTensor.Descriptor).ShouldBe("name=1 datatype=2 shape=3 parameters=4 contents=5");
        Numbers(ModelInferRequest.Types.InferRequestedOutputTensor.Descriptor).ShouldBe("name=1 parameters=2");
        Numbers(ModelInferResponse.Descriptor).ShouldBe("model_name=1 model_version=2 id=3 parameters=4 outputs=5 raw_output_contents=6");
        Numbers(ModelInferResponse.Types.InferOutputTensor.Descriptor).ShouldBe("name=1 datatype=2 shape=3 parameters=4 contents=5");
        Numbers(InferParameter.Descriptor).ShouldBe("bool_param=1 int64_param=2 string_param=3 double_param=4 uint64_param=5");
        Numbers(InferTensorContents.Descriptor).ShouldBe(
            "bool_contents=1 int_contents=2 int64_contents=3 uint_contents=4 uint64_contents=5 fp32_contents=6 fp64_contents=7 bytes_contents=8");
        Numbers(ModelMetadataResponse.Descriptor).ShouldBe("name=1 versions=2 platform=3 inputs=4 outputs=5");
        Numbers(ServerMetadataResponse.Descriptor).ShouldBe("name=1 version=2 extensions=3");
    }

    [Fact]
    public async Task Health_OfAServerThatServes_Good()
    {
        (await _caller.Call<ServerLiveRequest, ServerLiveResponse>("ServerLive", new())).Live.ShouldBeTrue();
        (await _caller.Call<ServerReadyRequest, ServerReadyResponse>("ServerReady", new())).Ready.ShouldBeTrue();
        (await _caller.Call<ModelReadyRequest, ModelReadyResponse>("ModelReady", new() { Name = "reviews", Version = "3" })).Ready.ShouldBeTrue();
        (await FailAsync<ModelReadyRequest, ModelReadyResponse>("ModelReady", new() { Name = "books" })).StatusCode.ShouldBe(StatusCode.NotFound);
    }

    [Fact]
    public async Task Metadata_OfServerAndModel_AsOverHttp()
    {
        var server = await _caller.Call<ServerMetadataRequest, ServerMetadataResponse>("ServerMetadata", new());
        (server.Name, server.Extensions.Single()).ShouldBe(("plumbline", "binary_tensor_data"));
        var model = await _caller.Call<ModelMetadataRequest, ModelMetadataResponse>("ModelMetadata", new() { Name = "reviews" });
        (model.Name, model.Versions.Single(), model.Platform).ShouldBe(("reviews", "3", "plumbline_bundle"));
        model.Inputs.Select(tensor => $"{tensor.Name} {tensor.Datatype} {string.Join(',', tensor.Shape)}").ShouldBe(["text BYTES -1", "price FP32 -1"]);
        model.Outputs.Select(tensor => $"{tensor.Name} {tensor.Datatype} {string.Join(',', tensor.Shape)}").ShouldBe(["label BYTES -1", "probabilities FP32 -1,5", "prediction_id BYTES -1"]);
        (await FailAsync<ModelMetadataRequest, ModelMetadataResponse>("ModelMetadata", new() { Name = "reviews", Version = "9" })).Detail.ShouldBe("Version 9 of reviews is not served here now; served are 3.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ModelInfer_RawAndTyped_BitEqualToPredict(bool isRaw)
    {
        var response = await _caller.Call<ModelInferRequest, ModelInferResponse>("ModelInfer", Request(isRaw, "the book was wonderful", "grüße awful"));
        var expected = (await _server.PredictAsync("""{"texts":["the book was wonderful","grüße awful"],"numeric_features":{"price":[4.5,4.5]}}""")).Json;

        (response.ModelName, response.ModelVersion, response.Id).ShouldBe(("reviews", "3", "42"));
        response.Outputs.Select(output => $"{output.Name} {output.Datatype} {string.Join(',', output.Shape)}").ShouldBe(["label BYTES 2", "probabilities FP32 2,5", "prediction_id BYTES 2"]);
        response.RawOutputContents.Count.ShouldBe(isRaw ? 3 : 0);
        var probabilities = isRaw ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(response.RawOutputContents[1].Span).ToArray() : [.. response.Outputs[1].Contents.Fp32Contents];
        probabilities.Select(BitConverter.SingleToInt32Bits)
            .ShouldBe(expected.GetProperty("probs").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(p => BitConverter.SingleToInt32Bits(p.GetSingle())));
        var labels = expected.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!).ToArray();
        if (isRaw)
            response.RawOutputContents[0].ToByteArray().ShouldBe([1, 0, 0, 0, (byte)labels[0][0], 1, 0, 0, 0, (byte)labels[1][0]]);
        else
            response.Outputs[0].Contents.BytesContents.Select(label => label.ToStringUtf8()).ShouldBe(labels);
    }

    [Fact]
    public async Task ModelInfer_OneOutputAndNoPrice_ThatAloneAndAWarning()
    {
        var request = Request(isRaw: false, "a");
        request.Inputs.RemoveAt(1);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "label" });
        var response = await _caller.Call<ModelInferRequest, ModelInferResponse>("ModelInfer", request);
        response.Outputs.Single().Name.ShouldBe("label");
        response.Parameters["warnings"].StringParam.ShouldBe("""{"missing":{"price":[0]}}""");
    }

    [Fact]
    public async Task ModelInfer_PackedByGzip_AnsweredUnlessItIsTooLargeUnpacked()
    {
        var packed = new CallOptions(new Grpc.Core.Metadata { { "grpc-internal-encoding-request", "gzip" } });
        (await _caller.Call<ModelInferRequest, ModelInferResponse>("ModelInfer", Request(isRaw: false, "a"), packed)).ModelName.ShouldBe("reviews");
        var bomb = Request(isRaw: false, "a");
        bomb.Parameters.Add("pad", new InferParameter { StringParam = new string(' ', 2_000_000) });
        var failure = await Should.ThrowAsync<RpcException>(async () => await _caller.Call<ModelInferRequest, ModelInferResponse>("ModelInfer", bomb, packed));
        (failure.StatusCode, failure.Status.Detail).ShouldBe((StatusCode.ResourceExhausted, "A message may have 100000 bytes, unpacked too."));
    }

    [Fact]
    public async Task ModelInfer_AgainstTheProtocol_InvalidArgumentThatNamesTheInput()
    {
        var request = Request(isRaw: false, "a");
        request.Inputs[1].Datatype = "BYTES";
        (await InferFailsAsync(request)).Detail.ShouldBe("input price must have 1 elements, as its shape says, not 0.");
        request = Request(isRaw: true, "a");
        request.RawInputContents.RemoveAt(1);
        (await InferFailsAsync(request)).Detail.ShouldBe("raw_input_contents must be as many as inputs, 2, not 1.");
        request = Request(isRaw: true, "a");
        request.Inputs[0].Contents = new InferTensorContents();
        (await InferFailsAsync(request)).Detail.ShouldBe("input text must not have contents beside raw_input_contents.");
        request = Request(isRaw: false, "a");
        request.Inputs[1].Datatype = "INT8";
        request.Inputs[1].Contents = new InferTensorContents { IntContents = { 300 } };
        (await InferFailsAsync(request)).Detail.ShouldBe("input price has numbers that are none of INT8.");
        (await InferFailsAsync(new ModelInferRequest { ModelName = "reviews" })).Detail.ShouldBe("input text is missing.");
        _server.Log.ShouldNotContain("Unhandled");
    }

    [Fact]
    public async Task ModelInfer_UnknownModel_NotFoundAndCounted()
    {
        var request = Request(isRaw: false, "a");
        request.ModelName = "books";
        var status = await FailAsync<ModelInferRequest, ModelInferResponse>("ModelInfer", request);
        status.StatusCode.ShouldBe(StatusCode.NotFound);
        status.Detail.ShouldBe("The model books is not served here; reviews is.");
        (await _server.GetAsync("/metrics")).Body.ShouldContain("""plumbline_http_request_duration_seconds_count{route="/inference.GRPCInferenceService/ModelInfer",method="POST",status="4xx"} 1""");
    }

    [Fact]
    public async Task Call_WrongKey_Unauthenticated()
    {
        var status = await FailAsync<ServerMetadataRequest, ServerMetadataResponse>("ServerMetadata", new(), new CallOptions(new Grpc.Core.Metadata { { "authorization", "Bearer wrong-horse-battery" } }));
        status.StatusCode.ShouldBe(StatusCode.Unauthenticated);
        status.Detail.ShouldBe("The API key is unknown.");
        foreach (var (name, value) in new[] { ("authorization", $"Bearer {Secret}"), ("x-api-key", Secret) })
            (await _caller.Call<ServerMetadataRequest, ServerMetadataResponse>("ServerMetadata", new(), new CallOptions(new Grpc.Core.Metadata { { name, value } }))).Name.ShouldBe("plumbline");
    }

    [Fact]
    public async Task ModelInfer_MessageTooLarge_ResourceExhausted() =>
        (await FailAsync<ModelInferRequest, ModelInferResponse>("ModelInfer", Request(isRaw: true, [.. Enumerable.Repeat(new string('x', 10_000), 11)]))).StatusCode.ShouldBe(StatusCode.ResourceExhausted);

    [Fact]
    public async Task ModelInfer_DeadlineIsPast_DeadlineExceeded() =>
        (await FailAsync<ModelInferRequest, ModelInferResponse>("ModelInfer", Request(isRaw: false, "a"), new CallOptions(deadline: DateTime.UnixEpoch))).StatusCode.ShouldBe(StatusCode.DeadlineExceeded);

    [Fact]
    public async Task Call_RequestId_Echoed()
    {
        using var call = _caller.Call<ServerLiveRequest, ServerLiveResponse>("ServerLive", new(), new CallOptions(new Grpc.Core.Metadata { { "x-request-id", "order-4711" } }));
        await call;
        (await call.ResponseHeadersAsync).GetValue("x-request-id").ShouldBe("order-4711");
    }

    [Fact]
    public async Task Call_NoSuchMethod_Unimplemented() => (await FailAsync<ServerLiveRequest, ServerLiveResponse>("ServerDance", new())).StatusCode.ShouldBe(StatusCode.Unimplemented);

    internal static ModelInferRequest Request(bool isRaw, params string[] texts)
    {
        var request = new ModelInferRequest { ModelName = "reviews", Id = "42" };
        request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "text", Datatype = "BYTES", Shape = { texts.Length } });
        request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "price", Datatype = "FP32", Shape = { texts.Length, 1 } });
        var elements = texts.Select(ByteString.CopyFromUtf8).ToArray();
        if (isRaw)
        {
            request.RawInputContents.Add(ByteString.CopyFrom([.. elements.SelectMany(text => BitConverter.GetBytes(text.Length).Concat(text))]));
            request.RawInputContents.Add(ByteString.CopyFrom([.. texts.SelectMany(_ => BitConverter.GetBytes(4.5f))]));
            return request;
        }
        request.Inputs[0].Contents = new InferTensorContents { BytesContents = { elements } };
        request.Inputs[1].Contents = new InferTensorContents { Fp32Contents = { texts.Select(_ => 4.5f) } };
        return request;
    }

    private static string Numbers(MessageDescriptor descriptor) => string.Join(' ', descriptor.Fields.InFieldNumberOrder().Select(field => $"{field.Name}={field.FieldNumber}"));

    private async Task<Status> InferFailsAsync(ModelInferRequest request)
    {
        var status = await FailAsync<ModelInferRequest, ModelInferResponse>("ModelInfer", request);
        status.StatusCode.ShouldBe(StatusCode.InvalidArgument);
        return status;
    }

    private async Task<Status> FailAsync<TRequest, TResponse>(string method, TRequest request, CallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new() =>
        (await Should.ThrowAsync<RpcException>(async () => await _caller.Call<TRequest, TResponse>(method, request, options))).Status;
}
