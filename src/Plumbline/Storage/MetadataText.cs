using System.Text;

namespace Plumbline.Storage;

/// <summary>The rules that every text in the store keeps, whatever the database behind it.</summary>
internal static class MetadataText
{
    private const int QuotedLength = 40;

    /// <param name="what">Such as "param key", for the message.</param>
    /// <exception cref="MetadataException">The text is too long or holds NUL, which PostgreSQL cannot store.</exception>
    public static void Check(string what, string value, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length > maxLength)
            throw new MetadataException(MetadataError.Invalid, $"The {what} '{Quote(value)}' has {value.Length} characters; at most {maxLength} are allowed.");
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new MetadataException(MetadataError.Invalid, $"The {what} '{Quote(value)}' holds a NUL character; remove it.");
    }

    /// <summary>As <see cref="Check"/>, and it must not be blank.</summary>
    public static void CheckName(string what, string value, int maxLength)
    {
        Check(what, value, maxLength);
        if (string.IsNullOrWhiteSpace(value))
            throw new MetadataException(MetadataError.Invalid, $"The {what} is empty; give it a name.");
    }

    /// <summary>As either database can hold it: NUL and halves of characters become U+FFFD.</summary>
    public static string Storable(string value) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value)).Replace('\0', '\uFFFD');

    public static bool IsHex(string value, int length) => value.Length == length && value.All(char.IsAsciiHexDigitLower);

    /// <summary>SHA-256 as 64 lower-case hex digits.</summary>
    public static void CheckDigest(string what, string value)
    {
        if (!IsHex(value, 64))
            throw new MetadataException(MetadataError.Invalid, $"The {what} '{Quote(value)}' is not a SHA-256: 64 lower-case hex digits.");
    }

    /// <summary>The beginning of a text, fit for a message.</summary>
    public static string Quote(string value) =>
        string.Concat(value.Take(QuotedLength).Select(c => char.IsControl(c) ? '?' : c)) + (value.Length > QuotedLength ? "…" : "");
}
