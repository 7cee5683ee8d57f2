namespace Plumbline.Tracking.Filters;

internal enum FilterTokenKind
{
    /// <summary>A name with or without prefix, a keyword such as <c>AND</c>.</summary>
    Word,

    /// <summary>Between single or double quotes.</summary>
    Text,

    /// <summary>Between backticks.</summary>
    Quoted,

    Number,

    /// <summary>A comparator, parenthesis or comma.</summary>
    Sign,

    End,
}

/// <summary>A piece of a filter.</summary>
/// <param name="Text">Without its quotes.</param>
/// <param name="Position">Of its first character, from 1.</param>
/// <param name="DoubleQuoted">Where a key may stand, double quotes are those of a key.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Position, bool DoubleQuoted = false)
{
    public bool IsWord(string word) => Kind == FilterTokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    public bool IsSign(string sign) => Kind == FilterTokenKind.Sign && Text == sign;

    public override string ToString() => Kind == FilterTokenKind.End ? "the end" : $"'{Storage.MetadataText.Quote(Text)}'";
}
