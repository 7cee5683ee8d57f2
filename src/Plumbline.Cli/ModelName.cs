namespace Plumbline.Cli;

/// <summary>Makes a model's name from a file's.</summary>
internal static class ModelName
{
    public const string Generated = "reviews";

    private const int MaxLength = 60;

    /// <summary><c>data/Kindle Reviews.csv.gz</c> becomes <c>kindle-reviews</c>.</summary>
    public static string Of(string path)
    {
        var name = Path.GetFileName(path);
        // Name and kind are parted by the first dot that is not the first character, as in a.csv.gz.
        if (name.IndexOf('.', Math.Min(1, name.Length)) is var dot and > 0)
            name = name[..dot];
        var words = new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? char.ToLowerInvariant(c) : '-')])
            .Split('-', StringSplitOptions.RemoveEmptyEntries);
        var plain = string.Join('-', words);
        return plain.Length == 0 ? Generated : plain[..Math.Min(plain.Length, MaxLength)].TrimEnd('-');
    }
}
