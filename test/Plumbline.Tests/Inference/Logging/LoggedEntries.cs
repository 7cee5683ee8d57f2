using System.Buffers.Binary;
using System.Text;
using Plumbline.Features;
using Plumbline.Inference.Logging;

namespace Plumbline.Tests.Inference.Logging;

/// <summary>Made-up answers, and what is to be read of them.</summary>
internal static class LoggedEntries
{
    public const string Node = "0123456789ab";
    public const string Process = "012345678800";

    /// <summary>2026-11-26T03:00:00Z.</summary>
    public const long Begin = 1_795_662_000_000;

    public static readonly LoggedVersion Version = new(
        "reviews/3", new string('a', 64), ["it's bad", "good"], ["price", "o'clock"], [new CategoricalFeature("kind", ["book", "e-book"]), new CategoricalFeature("shop", ["x"])]);

    public static Guid Id(long milliseconds, int number = 0, string node = Node)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)milliseconds << 16) | 0x7000);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], (1UL << 63) | ((ulong)number << 48) | Convert.ToUInt64(node, 16));
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The <paramref name="i"/>-th answer; some have no user, item, price, trace or text.</summary>
    public static void Append(PredictionLog log, LoggedVersion version, int i, long milliseconds, string node = Node, string more = "")
    {
        var (user, item, text) = (Encoding.UTF8.GetBytes(i % 2 == 0 ? $"ann {i}" : ""), Encoding.UTF8.GetBytes(i % 3 == 0 ? "B'00" : ""), Encoding.UTF8.GetBytes($"schön, {i}{more}"));
        log.Append(new PredictionEntry
        {
            Version = version,
            Id = Id(milliseconds, i % 1000, node),
            Time = (milliseconds * 1000) + 123,
            Route = i % 5 == 0 ? 0 : ulong.MaxValue - (ulong)i,
            TraceId = TraceOf(i),
            Latency = TimeSpan.FromMicroseconds(i),
            Label = i % 2,
            Probabilities = i % 2 == 0 ? [0.75f, 0.25f] : [0.1f, 0.9f],
            Numeric = [i % 4 == 0 ? float.NaN : i + 0.1f, 1e-30f],
            Categories = [i % 2, i % 3 == 0 ? Category.Missing : Category.Unknown],
            User = user,
            Item = item,
            Text = text,
        });
    }

    public static LoggedPrediction Expected(int i, long milliseconds, bool text, string node = Node, LoggedVersion? version = null) => new(
        Id(milliseconds, i % 1000, node), DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).AddTicks(1230), (version ?? Version).Version, Version.Bundle, i % 5 == 0 ? null : ulong.MaxValue - (ulong)i,
        i % 2 == 0 ? $"ann {i}" : null, i % 3 == 0 ? "B'00" : null, Version.Labels[i % 2], Version.Labels, i % 2 == 0 ? [0.75f, 0.25f] : [0.1f, 0.9f], TimeSpan.FromMicroseconds(i),
        new Dictionary<string, float?> { ["price"] = i % 4 == 0 ? null : i + 0.1f, ["o'clock"] = 1e-30f },
        new Dictionary<string, string?> { ["kind"] = i % 2 == 0 ? "book" : "e-book", ["shop"] = i % 3 == 0 ? null : "" }, text ? $"schön, {i}" : null)
    {
        TraceId = TraceOf(i) == 0 ? null : $"4bf92f3577b34da6{i:x16}",
    };

    private static UInt128 TraceOf(int i) => i % 7 == 0 ? 0 : new UInt128(0x4bf92f3577b34da6, (ulong)i);

    /// <summary>Everything of a prediction, for a comparison.</summary>
    public static string Describe(LoggedPrediction prediction) => System.Text.Json.JsonSerializer.Serialize(prediction with
    {
        Numeric = new SortedDictionary<string, float?>(prediction.Numeric.ToDictionary()),
        Categorical = new SortedDictionary<string, string?>(prediction.Categorical.ToDictionary()),
    });
}
