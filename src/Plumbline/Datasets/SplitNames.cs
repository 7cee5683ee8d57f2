namespace Plumbline.Datasets;

/// <summary>How splits are written: canonically, and by others.</summary>
internal static class SplitNames
{
    public static string Of(Split split) => split switch
    {
        Split.Train => "train",
        Split.Valid => "valid",
        Split.Test => "test",
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, null),
    };

    public static bool TryParse(ReadOnlySpan<byte> utf8, out Split split) => TryParse(System.Text.Encoding.UTF8.GetString(utf8), out split);

    public static bool TryParse(string value, out Split split)
    {
        Split? found = value.Trim().ToUpperInvariant() switch
        {
            "TRAIN" or "TRAINING" => Split.Train,
            "VALID" or "VALIDATION" or "VAL" or "DEV" => Split.Valid,
            "TEST" or "TESTING" => Split.Test,
            _ => null,
        };
        split = found ?? default;
        return found is not null;
    }
}
