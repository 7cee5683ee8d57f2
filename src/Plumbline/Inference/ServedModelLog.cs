using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Storage;

namespace Plumbline.Inference;

/// <summary>
/// Which model a server process answered with, from when on: a small file for each model that a process loads. Ids of predictions are UUIDs of version 7 whose last 42 bits are
/// the process's own, so that each prediction leads back to its model and none needs to be recorded. docs/specs/lineage.md. Thread-safe.
/// </summary>
public static class ServedModelLog
{
    /// <summary>Hex digits of a process: 42 bits.</summary>
    private const int ProcessDigits = 11;
    private const long ProcessBits = (1L << 42) - 1;

    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Record(string folder, ServedModelRecord record) => AtomicFile.Write(
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{record.Process}-{record.From:d15}.json")),
        stream => JsonSerializer.Serialize(stream, record, ServedModelJson.Default.ServedModelRecord));

    /// <summary>What answered a prediction; null where no server here made it.</summary>
    public static ServedModelRecord? Find(string folder, Guid prediction)
    {
        if (!Directory.Exists(folder))
            return null;
        var time = MillisecondsOf(prediction);
        var records = Directory.GetFiles(folder, $"{ProcessOf(prediction)}-*.json").Order(StringComparer.Ordinal).Select(TryRead).OfType<ServedModelRecord>().ToArray();
        return Array.FindLast(records, record => record.From <= time) ?? records.FirstOrDefault();
    }

    /// <summary>When servers of this state folder last answered with a model, in Unix ms, by its version as in answers and by its bundle.</summary>
    public static IReadOnlyDictionary<string, long> LastServed(string folder)
    {
        var last = new Dictionary<string, long>(StringComparer.Ordinal);
        if (!Directory.Exists(folder))
            return last;
        foreach (var record in Directory.GetFiles(folder, "*.json").Select(TryRead).OfType<ServedModelRecord>())
        {
            foreach (var model in new[] { record.Version, record.Bundle })
                last[model] = Math.Max(record.Until ?? record.From, last.GetValueOrDefault(model));
        }
        return last;
    }

    /// <summary>The process that made an id.</summary>
    public static string ProcessOf(Guid prediction) =>
        (Convert.ToInt64(prediction.ToString("N")[16..], 16) & ProcessBits).ToString($"x{ProcessDigits}", CultureInfo.InvariantCulture);

    /// <summary>When an id was made, in Unix ms.</summary>
    public static long MillisecondsOf(Guid prediction) => Convert.ToInt64(prediction.ToString("N")[..12], 16);

    private static ServedModelRecord? TryRead(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), ServedModelJson.Default.ServedModelRecord);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <param name="Process">The last 42 bits of its ids, 11 lower-case hex digits.</param>
/// <param name="From">Unix ms.</param>
/// <param name="Version">As in answers: <c>reviews/3</c>, or the first digits of the bundle.</param>
/// <param name="Bundle">Digest.</param>
public sealed record ServedModelRecord(string Process, long From, string Version, string Bundle)
{
    /// <summary>Unix ms until which it is known to have been ready to answer; null where only the beginning was recorded.</summary>
    public long? Until { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ServedModelRecord))]
internal sealed partial class ServedModelJson : JsonSerializerContext;
