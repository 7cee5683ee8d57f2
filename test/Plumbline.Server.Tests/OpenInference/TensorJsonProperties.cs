using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Plumbline.Server.OpenInference;

namespace Plumbline.Server.Tests.OpenInference;

public sealed class TensorJsonProperties
{
    [Property(MaxTest = 200)]
    public void Append_Strings_ElementsAreTheirUtf8(string[] texts)
    {
        var whole = texts.Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""))).ToArray();
        var elements = new List<string>();
        var (tensor, body) = Append(TensorDatatype.Bytes, JsonSerializer.Serialize(whole));
        for (var left = tensor.Elements(body); left.MoveNext();)
            elements.Add(Encoding.UTF8.GetString(left.Bytes));
        elements.ShouldBe(whole);
    }

    [Property(MaxTest = 200)]
    public void Append_WholeNumbers_AsTheyWereOrRefused(long[] numbers, byte kind)
    {
        var datatype = (TensorDatatype)((int)TensorDatatype.UInt8 + (kind % 8));
        var json = JsonSerializer.Serialize(numbers);
        if (!numbers.All(number => datatype.Holds(number)))
        {
            Should.Throw<Exception>(() => Append(datatype, json)).Message.ShouldEndWith($"must be a whole number of {datatype.Name()}.");
            return;
        }
        var names = new List<string>();
        var (tensor, body) = Append(datatype, json);
        Span<byte> buffer = stackalloc byte[TensorElements.LongestName];
        for (var left = tensor.Elements(body); left.MoveNext();)
        {
            left.Number.ShouldBe((float)left.Whole);
            names.Add(Encoding.UTF8.GetString(left.Name(buffer)));
        }
        names.ShouldBe(numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("UINT64", "18446744073709551615", true)]
    [InlineData("UINT64", "18446744073709551616", false)]
    [InlineData("INT64", "-9223372036854775808", true)]
    [InlineData("INT64", "9223372036854775808", false)]
    [InlineData("INT8", "-128", true)]
    [InlineData("INT8", "-129", false)]
    [InlineData("UINT8", "-1", false)]
    [InlineData("INT32", "1.5", false)]
    public void Append_AtTheLimits_HeldOrRefused(string name, string number, bool isHeld)
    {
        TensorDatatypes.TryParse(name, out var datatype).ShouldBeTrue();
        if (!isHeld)
        {
            Should.Throw<Exception>(() => Append(datatype, $"[{number}]")).Message.ShouldContain("must be a whole number");
            return;
        }
        var (tensor, body) = Append(datatype, $"[{number}]");
        var left = tensor.Elements(body);
        left.MoveNext().ShouldBeTrue();
        left.Whole.ToString(CultureInfo.InvariantCulture).ShouldBe(number);
    }

    private static (InferTensor Tensor, byte[] Body) Append(TensorDatatype datatype, string json)
    {
        var body = new ArrayBufferWriter<byte>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        TensorJson.Append(ref reader, "x", datatype, body);
        return (new InferTensor("x", datatype, [], 0, body.WrittenCount), body.WrittenSpan.ToArray());
    }
}
