using System.Text;
using Plumbline.Storage;

namespace Plumbline.Tracking.Filters;

/// <summary>Cuts a filter or an order into tokens, one at a time.</summary>
internal sealed class FilterTokenizer(string source, string what)
{
    private static readonly string[] Signs = ["!=", ">=", "<=", "<>", "=", ">", "<", "(", ")", ","];

    private int _at;

    public FilterToken Next()
    {
        while (_at < source.Length && char.IsWhiteSpace(source[_at]))
            _at++;
        if (_at == source.Length)
            return new FilterToken(FilterTokenKind.End, "", _at + 1);
        var c = source[_at];
        if (c is '\'' or '"' or '`')
            return Quoted(c);
        if (IsWordStart(c))
            return Run(FilterTokenKind.Word, IsWordPart);
        if (char.IsAsciiDigit(c) || c is '-' or '+' or '.')
            return Run(FilterTokenKind.Number, static next => char.IsAsciiLetterOrDigit(next) || next is '.' or '-' or '+');
        foreach (var sign in Signs)
        {
            if (!source.AsSpan(_at).StartsWith(sign, StringComparison.Ordinal))
                continue;
            _at += sign.Length;
            return new FilterToken(FilterTokenKind.Sign, sign, _at + 1 - sign.Length);
        }
        throw Fault($"'{MetadataText.Quote(source[_at..])}' is not understood; quote keys with backticks and texts with single quotes", _at + 1);
    }

    /// <param name="position">From 1.</param>
    public MetadataException Fault(string fault, int position) =>
        new(MetadataError.Invalid, FormattableString.Invariant($"The {what} is wrong at position {position}: {fault}."));

    private FilterToken Run(FilterTokenKind kind, Func<char, bool> belongs)
    {
        var start = _at++;
        while (_at < source.Length && belongs(source[_at]))
            _at++;
        return new FilterToken(kind, source[start.._at], start + 1);
    }

    /// <summary>A doubled quote is one of the text itself, as in SQL.</summary>
    private FilterToken Quoted(char quote)
    {
        var start = _at++;
        var text = new StringBuilder();
        while (_at < source.Length)
        {
            var c = source[_at++];
            if (c == quote && (_at == source.Length || source[_at] != quote))
                return new FilterToken(quote == '`' ? FilterTokenKind.Quoted : FilterTokenKind.Text, text.ToString(), start + 1, quote == '"');
            if (c == quote)
                _at++;
            text.Append(c);
        }
        throw Fault($"the {quote} here is never closed", start + 1);
    }

    private static bool IsWordStart(char c) => char.IsLetter(c) || c == '_';

    private static bool IsWordPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or '-' or '/';
}
