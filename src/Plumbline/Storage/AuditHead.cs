using System.Globalization;

namespace Plumbline.Storage;

/// <summary>Where the log ended at some time. Kept elsewhere, it proves later that nothing up to there was changed or removed.</summary>
/// <param name="Id">Of the last event; 0 where there was none.</param>
/// <param name="Hash">Its hash: 64 lower-case hex digits.</param>
public sealed record AuditHead(long Id, string Hash)
{
    private const string Mark = "plumbline-audit-1";

    /// <summary>One line: the mark of the format, id and hash.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mark} {Id} {Hash}");

    /// <exception cref="MetadataException">Invalid: it is no such line.</exception>
    public static AuditHead Parse(string line) => line.Trim().Split(' ') switch
    {
        [Mark, var id, var hash] when long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && MetadataText.IsHex(hash, 64) => new AuditHead(number, hash),
        _ => throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(line.Trim())}' is no head of an audit log; plumbline audit head prints one: {Mark}, a number and 64 hex digits."),
    };
}
