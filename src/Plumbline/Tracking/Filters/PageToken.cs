using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Storage;

namespace Plumbline.Tracking.Filters;

/// <summary>
/// Where a page ended: the sort keys of its last row, as base64url of JSON. A checksum over keys and question tells a token of another
/// question and one that was changed; it is no secret, for keys only ever become parameters.
/// </summary>
/// <param name="Phase">Which part of the order the row was in.</param>
/// <param name="Keys">Each null, a long, a double or a string.</param>
internal sealed record PageToken(int Phase, IReadOnlyList<object?> Keys)
{
    private const int LongestToken = 100_000;

    /// <param name="question">All that the pages have in common.</param>
    public string Write(string question)
    {
        var texts = Keys.Select(TextOf).ToArray();
        return Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new PageTokenBody(Phase, texts, Checksum(question, Phase, texts)), PageTokenJson.Default.PageTokenBody));
    }

    /// <exception cref="MetadataException">Invalid: not a token of this question.</exception>
    public static PageToken Read(string token, string question)
    {
        try
        {
            var body = token.Length > LongestToken ? null : JsonSerializer.Deserialize(Base64Url.DecodeFromChars(token), PageTokenJson.Default.PageTokenBody);
            if (body is { Keys: not null } && body.Sum == Checksum(question, body.Phase, body.Keys))
                return new PageToken(body.Phase, [.. body.Keys.Select(ValueOf)]);
        }
        catch (Exception exception) when (exception is FormatException or JsonException or OverflowException)
        {
            // Told below.
        }
        throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(token)}' is not a page token of this search; take it from the page before, and change nothing else.");
    }

    private static string Checksum(string question, int phase, string?[] keys) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize([question, phase.ToString(CultureInfo.InvariantCulture), .. keys], PageTokenJson.Default.StringArray))).AsSpan(0, 12));

    // JSON has no infinity, and does not tell 1 from 1.0.
    private static string? TextOf(object? key) => key switch
    {
        null => null,
        long whole => "i" + whole.ToString(CultureInfo.InvariantCulture),
        double number => "d" + number.ToString("R", CultureInfo.InvariantCulture),
        string text => "s" + text,
        _ => throw new ArgumentException($"{key.GetType()} is no sort key.", nameof(key)),
    };

    private static object? ValueOf(string? text) => text switch
    {
        null => null,
        ['i', .. var whole] => long.Parse(whole, CultureInfo.InvariantCulture),
        ['d', .. var number] => double.Parse(number, CultureInfo.InvariantCulture),
        ['s', .. var rest] => rest,
        _ => throw new FormatException(),
    };
}

internal sealed record PageTokenBody(int Phase, string?[] Keys, string Sum);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PageTokenBody))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class PageTokenJson : JsonSerializerContext;
