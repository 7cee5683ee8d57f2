using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Plumbline.Server.Tests.OpenInference;

/// <summary>What the Open Inference Protocol asks of a server over HTTP.</summary>
public sealed class OpenInferenceTests(RunningServer server)
{
    private const string Infer = "/v2/models/reviews/infer";
    private const string Texts = """{"name":"text","shape":[2],"datatype":"BYTES","data":["the book was wonderful, loved","gr\u00fc\u00dfe awful \"refund\""]}""";
    private const string Price = """{"name":"price","shape":[2],"datatype":"FP32","data":[4.5,0.30000001]}""";

    [Fact]
    public async Task Server_Metadata_NameVersionExtensions()
    {
        var answer = await server.GetAsync("/v2");
        answer.MediaType.ShouldBe("application/json");
        answer.Json.GetProperty("name").GetString().ShouldBe("plumbline");
        answer.Json.GetProperty("version").GetString().ShouldNotBeNullOrEmpty();
        answer.Json.GetProperty("extensions").ToString().ShouldBe("""["binary_tensor_data"]""");
        (await server.GetAsync("/v2/")).Body.ShouldBe(answer.Body);
    }

    [Theory]
    [InlineData("/v2/health/live", """{"live":true}""")]
    [InlineData("/v2/health/ready", """{"live":true,"ready":true}""")]
    [InlineData("/v2/models/reviews/ready", """{"name":"reviews","ready":true}""")]
    [InlineData("/v2/models/reviews/versions/3/ready", """{"name":"reviews","ready":true}""")]
    public async Task Health_OfAServerThatServes_Good(string path, string body)
    {
        var answer = await server.GetAsync(path);
        answer.Status.ShouldBe(200);
        answer.Body.ShouldBe(body);
    }

    [Theory]
    [InlineData("/v2/models/reviews")]
    [InlineData("/v2/models/reviews/versions/3")]
    public async Task Model_Metadata_InputsAndOutputs(string path)
    {
        var answer = await server.GetAsync(path);
        answer.Body.ShouldBe(
            """{"name":"reviews","versions":["3"],"platform":"plumbline_bundle","inputs":[{"name":"text","datatype":"BYTES","shape":[-1]},{"name":"price","datatype":"FP32","shape":[-1]}],""" +
            "\"outputs\":" +
            """[{"name":"label","datatype":"BYTES","shape":[-1]},{"name":"probabilities","datatype":"FP32","shape":[-1,5]},{"name":"prediction_id","datatype":"BYTES","shape":[-1]}]}""");
    }

    [Theory]
    [InlineData("/v2/models/books", "The model books is not served here; reviews is.")]
    [InlineData("/v2/models/reviews/versions/9", "Version 9 of reviews is not served here now; served are 3.")]
    public async Task Model_NotServed_404ThatSaysWhatIs(string path, string error)
    {
        foreach (var answer in new[] { await server.GetAsync(path), await server.GetAsync(path + "/ready"), await server.PostAsync(path + "/infer", $$"""{"inputs":[{{Texts}}]}""") })
        {
            answer.Status.ShouldBe(404);
            answer.MediaType.ShouldBe("application/json");
            answer.Body.ShouldBe(JsonSerializer.Serialize(new { error }));
        }
    }

    [Fact]
    public async Task Path_Unknown_ErrorOfTheProtocol()
    {
        (await server.GetAsync("/v2/nothing")).Json.GetProperty("error").GetString()!.ShouldStartWith("No resource has the path /v2/nothing");
        var answer = await server.GetAsync(Infer);
        answer.Status.ShouldBe(405);
        answer.Json.GetProperty("error").GetString().ShouldBe("GET is not allowed here; use POST.");
    }

    [Theory]
    [InlineData(Infer)]
    [InlineData("/v2/models/reviews/versions/3/infer")]
    public async Task Infer_AllOutputs_BitEqualToPredict(string path)
    {
        var answer = await server.PostAsync(path, $$"""{"id":"42","parameters":{"x":1},"inputs":[{{Price}},{{Texts}}]}""");
        var expected = (await server.PredictAsync("""{"texts":["the book was wonderful, loved","grüße awful \"refund\""],"numeric_features":{"price":[4.5,0.30000001]}}""")).Json;

        answer.Status.ShouldBe(200, answer.Body);
        answer.MediaType.ShouldBe("application/json");
        answer.Json.GetProperty("model_name").GetString().ShouldBe("reviews");
        answer.Json.GetProperty("model_version").GetString().ShouldBe("3");
        answer.Json.GetProperty("id").GetString().ShouldBe("42");
        answer.Json.TryGetProperty("parameters", out _).ShouldBeFalse();
        var outputs = answer.Json.GetProperty("outputs").EnumerateArray().ToArray();
        outputs.Select(output => (output.GetProperty("name").GetString(), output.GetProperty("datatype").GetString(), output.GetProperty("shape").ToString()))
            .ShouldBe([("label", "BYTES", "[2]"), ("probabilities", "FP32", "[2,5]"), ("prediction_id", "BYTES", "[2]")]);
        outputs[0].GetProperty("data").ToString().ShouldBe(expected.GetProperty("labels").ToString());
        Bits(outputs[1].GetProperty("data").EnumerateArray()).ShouldBe(Bits(expected.GetProperty("probs").EnumerateArray().SelectMany(row => row.EnumerateArray())));
        outputs[2].GetProperty("data").EnumerateArray().Select(id => id.GetGuid().Version).ShouldBe([7, 7]);
    }

    [Theory]
    [InlineData("""{"datatype":"BYTES","data":[["a"],["b"]],"shape":[2,1],"name":"text"}""", """{"name":"price","shape":[2,1],"datatype":"FP64","data":[[1],[2]]}""")]
    [InlineData("""{"name":"text","datatype":"BYTES","shape":[2],"data":["a","b"]}""", """{"name":"price","shape":[2],"datatype":"INT64","data":[1,2]}""")]
    [InlineData("""{"name":"text","datatype":"BYTES","shape":[2],"data":["a","b"],"parameters":{"content_type":"str"}}""", """{"name":"price","shape":[2],"datatype":"UINT8","data":[1,2]}""")]
    public async Task Infer_OtherShapesAndDatatypes_SameAnswer(string text, string price)
    {
        var answer = await server.PostAsync(Infer, $$"""{"inputs":[{{text}},{{price}},{"name":"unknown","shape":[1],"datatype":"BOOL","data":[true]}],"outputs":[{"name":"probabilities"}]}""");
        answer.Status.ShouldBe(200, answer.Body);
        var output = answer.Json.GetProperty("outputs").EnumerateArray().ShouldHaveSingleItem();
        var expected = (await server.PredictAsync("""{"texts":["a","b"],"numeric_features":{"price":[1,2]}}""")).Json;
        Bits(output.GetProperty("data").EnumerateArray()).ShouldBe(Bits(expected.GetProperty("probs").EnumerateArray().SelectMany(row => row.EnumerateArray())));
        answer.Json.TryGetProperty("id", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Infer_NumberMissingOrOutOfRange_WarningsInParameters()
    {
        var answer = await server.PostAsync(Infer, """{"inputs":[{"name":"text","shape":[3],"datatype":"BYTES","data":["a","b","c"]},{"name":"price","shape":[3],"datatype":"FP32","data":[null,4,1e300]}]}""");
        answer.Json.GetProperty("parameters").GetProperty("warnings").GetString().ShouldBe("""{"missing":{"price":[0]},"type":{"price":[2]}}""");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Infer_BinaryTensors_BitEqualToPredict(bool isDefault)
    {
        var text = Binary("the book was wonderful", "grüße");
        byte[] price = [.. BitConverter.GetBytes(4.5f), .. BitConverter.GetBytes(float.NaN)];
        var asked = isDefault
            ? """ "parameters":{"binary_data_output":true} """
            : """ "outputs":[{"name":"label","parameters":{"binary_data":true}},{"name":"prediction_id"},{"name":"probabilities","parameters":{"binary_data":true}}] """;
        var json = Encoding.UTF8.GetBytes(
            $$$"""{ {{{asked}}},"inputs":[{"name":"text","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":{{{text.Length}}} }},{"name":"price","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""");

        var (response, bytes) = await PostBinaryAsync([.. json, .. text, .. price], json.Length);

        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        var header = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single(), CultureInfo.InvariantCulture);
        var answer = JsonDocument.Parse(bytes.AsMemory(0, header)).RootElement;
        var expected = (await server.PredictAsync("""{"texts":["the book was wonderful","grüße"],"numeric_features":{"price":[4.5,null]}}""")).Json;
        var left = bytes.AsSpan(header);
        foreach (var output in answer.GetProperty("outputs").EnumerateArray())
        {
            if (!output.TryGetProperty("parameters", out var parameters))
                continue;
            output.TryGetProperty("data", out _).ShouldBeFalse();
            var data = left[..parameters.GetProperty("binary_data_size").GetInt32()];
            left = left[data.Length..];
            switch (output.GetProperty("name").GetString())
            {
                case "label":
                    Elements(data).ShouldBe(expected.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!));
                    break;
                case "probabilities":
                    System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(data).ToArray().ShouldBe(Bits(expected.GetProperty("probs").EnumerateArray().SelectMany(row => row.EnumerateArray())));
                    break;
                default:
                    Elements(data).ShouldAllBe(id => Guid.Parse(id).Version == 7);
                    break;
            }
        }
        left.Length.ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", "input text is missing.")]
    [InlineData("""{"id":"1"}""", "$ must have inputs.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"FP32","data":[1]}]}""", "input text must have the datatype BYTES, not FP32.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"STRING","data":["a"]}]}""", "$.inputs[0].datatype is no datatype of the protocol.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":[1]}]}""", "input text[0] must be a string, not a number.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":[null]}]}""", "input text[0] must be a string, not null.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[2],"datatype":"BYTES","data":["a"]}]}""", "input text must have 2 elements, as its shape says, not 1.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[-1],"datatype":"BYTES","data":["a"]}]}""", "input text must have a shape without negative numbers, not [-1].")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1,2],"datatype":"BYTES","data":["a","b"]}]}""", "input text must have the shape [n] or [n, 1], not [1, 2].")]
    [InlineData("""{"inputs":[{"name":"text","shape":[0],"datatype":"BYTES","data":[]}]}""", "input text must have 1 to 1000 elements, not 0.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[9223372036854775807,4],"datatype":"BYTES","data":[]}]}""", "input text must have 9223372036854775807 elements, as its shape says, not 0.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES"}]}""", "$.inputs[0].data must be there, or binary_data_size in parameters.")]
    [InlineData("""{"inputs":[{"name":"text","datatype":"BYTES","data":["a"]}]}""", "$.inputs[0].shape must be there.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}]}""", "input text must not be sent twice.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"price","shape":[1],"datatype":"BYTES","data":["4"]}]}""", "input price must have the datatype FP32, FP64 or one of whole numbers, not BYTES.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"price","shape":[2],"datatype":"FP32","data":[4,5]}]}""", "input price must have 1 elements, one for each text, not 2.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"price","shape":[1],"datatype":"INT8","data":[128]}]}""", "input price[0] must be a whole number of INT8.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"price","shape":[1],"datatype":"FP32","data":["4"]}]}""", "input price[0] must be a number or null, not a string.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}],"outputs":[{"name":"logits"}]}""", "output logits is none of label, probabilities, prediction_id.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["\ud800"]}]}""", "A string holds a lone surrogate.")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]}""", "input text has a binary_data_size of 5, but 0 bytes are left; Inference-Header-Content-Length says where the JSON ends.")]
    public async Task Infer_AgainstTheProtocol_400ThatNamesTheInput(string body, string error)
    {
        var answer = await server.PostAsync(Infer, body);
        answer.Status.ShouldBe(400, answer.Body);
        answer.MediaType.ShouldBe("application/json");
        answer.Json.GetProperty("error").GetString().ShouldBe(error);
    }

    [Fact]
    public async Task Infer_NoJson_400() => (await server.PostAsync(Infer, """{"inputs":[""")).Status.ShouldBe(400);

    [Theory]
    [InlineData("x", "Inference-Header-Content-Length must be the length of the JSON")]
    [InlineData("100000", "Inference-Header-Content-Length must be the length of the JSON")]
    [InlineData("-1", "Inference-Header-Content-Length must be the length of the JSON")]
    public async Task Infer_WrongHeaderLength_400(string length, string error)
    {
        var answer = await server.PostAsync(Infer, "{}", ("Inference-Header-Content-Length", length));
        answer.Status.ShouldBe(400);
        answer.Json.GetProperty("error").GetString()!.ShouldStartWith(error);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 0xFF }, "input text[0] must be UTF-8.")]
    [InlineData(new byte[] { 2, 0, 0, 0, 0x41 }, "input text must have whole elements of BYTES; 5 bytes are none.")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x41 }, "input text must have whole elements of BYTES; 5 bytes are none.")]
    public async Task Infer_WrongBinaryData_400(byte[] data, string error)
    {
        var json = Encoding.UTF8.GetBytes($$$"""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":{{{data.Length}}} }}]}""");
        var (response, bytes) = await PostBinaryAsync([.. json, .. data], json.Length);
        ((int)response.StatusCode).ShouldBe(400);
        JsonDocument.Parse(bytes).RootElement.GetProperty("error").GetString().ShouldBe(error);
        (response, bytes) = await PostBinaryAsync([.. json, .. data, 0], json.Length);
        ((int)response.StatusCode).ShouldBe(400);
    }

    private static IEnumerable<int> Bits(IEnumerable<JsonElement> numbers) => numbers.Select(number => BitConverter.SingleToInt32Bits(number.GetSingle()));

    private static byte[] Binary(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes).SelectMany(text => BitConverter.GetBytes(text.Length).Concat(text))];

    private static List<string> Elements(ReadOnlySpan<byte> data)
    {
        var elements = new List<string>();
        while (data.Length > 0)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(data);
            elements.Add(Encoding.UTF8.GetString(data.Slice(4, length)));
            data = data[(4 + length)..];
        }
        return elements;
    }

    /// <summary>As Triton's client sends it: without a Content-Type.</summary>
    private async Task<(HttpResponseMessage Response, byte[] Body)> PostBinaryAsync(byte[] body, int header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Infer) { Content = new ByteArrayContent(body) };
        request.Headers.Add("Inference-Header-Content-Length", header.ToString(CultureInfo.InvariantCulture));
        var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }
}
