using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Plumbline.Server.Streaming;
using Plumbline.Statistics;

namespace Plumbline.Server.Tests.Streaming;

public sealed class TextChunksProperties
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>However long the chunks are, together they have each text once, with what belongs to it.</summary>
    [Property(MaxTest = 100)]
    public async Task Next_ChunksOfAnyLength_TogetherAreTheWhole(string[] texts, bool isIndented, ulong seed)
    {
        var random = new RandomSource(seed);
        string[] all = [.. texts.Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""))), "last, ]"];
        var prices = all.Select((text, i) => i % 3 == 0 ? null : (double?)text.Length).ToArray();
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new { time = (object?)null, numeric_features = new { price = prices, other = 1 }, texts = all, entities = new { user = all, item = Array.Empty<string>() } }, isIndented ? Indented : null);
        var chunks = TextChunks.Of(body, new RequestLimits());
        chunks.Count.ShouldBe(all.Length);
        var (read, paid, users) = (new List<string>(), new List<double?>(), new List<string>());
        while (read.Count < chunks.Count)
        {
            var chunk = new ArrayBufferWriter<byte>();
            var count = await chunks.NextAsync(1 + random.NextInt32(4), chunk, TestContext.Current.CancellationToken);
            var json = JsonDocument.Parse(chunk.WrittenMemory).RootElement;
            read.AddRange(json.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!));
            paid.AddRange(json.GetProperty("numeric_features").GetProperty("price").EnumerateArray().Select(price => price.ValueKind == JsonValueKind.Null ? null : (double?)price.GetDouble()));
            users.AddRange(json.GetProperty("entities").GetProperty("user").EnumerateArray().Select(user => user.GetString()!));
            json.GetProperty("numeric_features").GetProperty("other").GetInt32().ShouldBe(1);
            json.GetProperty("texts").GetArrayLength().ShouldBe(count);
        }
        read.ShouldBe(all);
        paid.ShouldBe(prices);
        users.ShouldBe(all);
    }
}
