using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Datasets.Aggregates;
using Plumbline.Storage;

namespace Plumbline.Inference.Logging;

/// <summary>Which users and items are to be in no prediction up to a time: what is not in the archive yet is left out on its way there, and by readers. Immutable.</summary>
internal sealed class Erasures
{
    private readonly Dictionary<string, long> _until;

    private Erasures(Dictionary<string, long> until) => _until = until;

    public bool IsEmpty => _until.Count == 0;

    public static Erasures Read(string folder)
    {
        var until = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var file in Directory.Exists(Folder(folder)) ? Directory.GetFiles(Folder(folder), "*.json") : [])
        {
            if (TryRead(file) is { } erasure)
                until[Path.GetFileNameWithoutExtension(file)] = erasure.Until;
        }
        return new Erasures(until);
    }

    /// <param name="until">By digest, microseconds since 1970 UTC; of several for one the latest counts.</param>
    public static Erasures Of(IEnumerable<(string Digest, long Until)> until) =>
        new(until.GroupBy(one => one.Digest, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Max(one => one.Until), StringComparer.Ordinal));

    /// <summary>By digest, until when.</summary>
    public IReadOnlyDictionary<string, long> Until => _until;

    /// <param name="digest">As <see cref="DigestOf"/> gives it.</param>
    /// <param name="until">Microseconds since 1970 UTC.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Add(string folder, string digest, long until) =>
        AtomicFile.Write(Path.Combine(Folder(folder), $"{digest}.json"), stream => JsonSerializer.Serialize(stream, new Erasure(until), ErasureJson.Default.Erasure));

    /// <summary>Removes those whose predictions are too old to be there.</summary>
    public static void RemoveOld(string folder, DateTimeOffset cut)
    {
        foreach (var file in Directory.Exists(Folder(folder)) ? Directory.GetFiles(Folder(folder), "*.json") : [])
        {
            if (TryRead(file) is { } erasure && DateTimeOffset.UnixEpoch.AddTicks(erasure.Until * TimeSpan.TicksPerMicrosecond) < cut)
                File.Delete(file);
        }
    }

    public bool Covers(PredictionRow row, LoggedVersion version) =>
        !IsEmpty && (Covers(EntityKind.User, row.User(version), row.Time) || Covers(EntityKind.Item, row.Item(version), row.Time));

    public bool Covers(LoggedPrediction prediction)
    {
        if (IsEmpty)
            return false;
        var time = (prediction.Time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return Covers(EntityKind.User, Encoding.UTF8.GetBytes(prediction.User ?? ""), time) || Covers(EntityKind.Item, Encoding.UTF8.GetBytes(prediction.Item ?? ""), time);
    }

    /// <summary>Whether these say the same.</summary>
    public bool IsSame(Erasures other) => _until.Count == other._until.Count && _until.All(one => other._until.TryGetValue(one.Key, out var until) && until == one.Value);

    private bool Covers(EntityKind kind, ReadOnlySpan<byte> key, long time) => !key.IsEmpty && _until.TryGetValue(DigestOf(kind, key), out var until) && time <= until;

    private static string Folder(string folder) => Path.Combine(folder, "erasures");

    /// <summary>What names an entity without saying who it is.</summary>
    public static string DigestOf(EntityKind kind, ReadOnlySpan<byte> key)
    {
        byte[] named = [(byte)(kind == EntityKind.User ? 'u' : 'i'), 0, .. key];
        return Convert.ToHexStringLower(SHA256.HashData(named));
    }

    private static Erasure? TryRead(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), ErasureJson.Default.Erasure);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}

/// <param name="Until">Microseconds since 1970 UTC.</param>
internal sealed record Erasure(long Until);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Erasure))]
internal sealed partial class ErasureJson : JsonSerializerContext;
