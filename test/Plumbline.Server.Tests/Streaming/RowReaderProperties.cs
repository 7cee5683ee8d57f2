using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Plumbline.Server.Streaming;
using Plumbline.Statistics;

namespace Plumbline.Server.Tests.Streaming;

public sealed class RowReaderProperties
{
    private static readonly RequestLimits Limits = new();

    /// <summary>However a body arrives, its rows are those of a reader that has it whole.</summary>
    [Property(MaxTest = 100)]
    public void Read_InPieces_RowsOfTheWhole(string[] texts, ulong seed)
    {
        var random = new RandomSource(seed);
        var rows = texts.Select(text => JsonSerializer.Serialize(new { text, price = text?.Length, more = new[] { text, "]}" } })).ToArray();
        var body = Encoding.UTF8.GetBytes($$""" {"a":{"data":[1]}, "explain" : 3,"data" :[ {{string.Join(random.NextInt32(2) == 0 ? "," : " ,\n ", rows)}} ],"z":"\"data\"" } """);
        var reader = new RowReader(new Pieces(body, random), Limits);
        var read = new List<string>();
        while (reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult())
            read.Add(Encoding.UTF8.GetString(reader.Row));
        read.ShouldBe(rows);
        Encoding.UTF8.GetString(reader.Explain).ShouldBe("3");
        reader.HasData.ShouldBeTrue();
    }

    private sealed class Pieces(byte[] body, RandomSource random) : MemoryStream(body)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + random.NextInt32(7))], cancellationToken);
    }
}
