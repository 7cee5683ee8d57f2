using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary><c>name@alias</c> or <c>name/3</c>: one of <see cref="Alias"/> and <see cref="Version"/> is set.</summary>
internal sealed record ModelReference(string Name, string? Alias, long? Version)
{
    private const int MaxLength = 255;
    private const string Reserved = "latest";

    /// <exception cref="MetadataException">Invalid: neither form, or a name that breaks the rules.</exception>
    public static ModelReference Parse(string text)
    {
        if (text.IndexOf('@', StringComparison.Ordinal) is var at and > 0)
        {
            CheckClientName(text[..at]);
            CheckClientAlias(text[(at + 1)..]);
            return new ModelReference(text[..at], text[(at + 1)..], null);
        }
        if (text.IndexOf('/', StringComparison.Ordinal) is var slash and > 0
            && long.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            CheckClientName(text[..slash]);
            return new ModelReference(text[..slash], null, version);
        }
        throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(text)}' names no model version; write name@alias or name/number, such as reviews@champion or reviews/3.");
    }

    public static void CheckName(string name) => Check("model name", name);

    public static void CheckAlias(string alias)
    {
        Check("alias", alias);
        RequireNoNumber(alias);
    }

    /// <summary>What a client of MLflow may call a model: whatever no reference and no address takes for something else.</summary>
    public static void CheckClientName(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > MaxLength || name.All(c => c == '.') || name.Trim() != name || name.Any(c => c is '/' or ':' or '@' or '\\' || char.IsControl(c)))
        {
            throw new MetadataException(
                MetadataError.Invalid, $"The model name '{MetadataText.Quote(name)}' is not allowed; use 1 to {MaxLength} characters without / : @ \\ and control characters, no space at its ends, and not only dots.");
        }
    }

    /// <summary>What a client of MLflow may call an alias, <c>latest</c> and <c>v3</c> excepted, which mean versions to it.</summary>
    public static void CheckNewClientAlias(string alias)
    {
        CheckClientAlias(alias);
        if (alias.Equals(Reserved, StringComparison.OrdinalIgnoreCase) || (alias.Length > 1 && alias[0] is 'v' or 'V' && alias.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0))
            throw new MetadataException(MetadataError.Invalid, $"The alias '{MetadataText.Quote(alias)}' is reserved: MLflow's clients take it for a version; use a word such as champion.");
    }

    private static void CheckClientAlias(string alias)
    {
        if (alias.Length is 0 or > MaxLength || alias.All(c => c == '.') || !alias.All(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '-'))
            throw new MetadataException(MetadataError.Invalid, $"The alias '{MetadataText.Quote(alias)}' is not allowed; use 1 to {MaxLength} letters, digits and . _ -, and not only dots.");
        RequireNoNumber(alias);
    }

    private static void RequireNoNumber(string alias)
    {
        if (alias.All(char.IsAsciiDigit))
            throw new MetadataException(MetadataError.Invalid, $"The alias '{MetadataText.Quote(alias)}' is a number, which would be taken for a version; use a word such as champion.");
    }

    // Dots alone would be folders' names in a URL.
    private static void Check(string what, string value)
    {
        if (value.Length is 0 or > MaxLength || value.All(c => c == '.') || !value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            throw new MetadataException(MetadataError.Invalid, $"The {what} '{MetadataText.Quote(value)}' is not allowed; use 1 to {MaxLength} of the characters a-z A-Z 0-9 . _ - and not only dots.");
    }
}
