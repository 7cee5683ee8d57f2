using System.Text;
using Plumbline.Datasets.Duplicates;
using Plumbline.Tests.Text;

namespace Plumbline.Tests.Datasets.Duplicates;

/// <summary>docs/specs/duplicates.md as one would write it without a thought of speed.</summary>
internal static class NaiveShingles
{
    /// <summary>Words of the text, folded.</summary>
    public static List<string> Words(string text) =>
        [.. NaiveText.Tokens(Encoding.UTF8.GetBytes(text)).Where(token => token is not ("!" or "?" or "(" or ")")).Select(token => token.Replace('ς', 'σ'))];

    /// <summary>The set that texts are compared by; empty where there is too little of it.</summary>
    public static HashSet<string> Of(string text)
    {
        var words = Words(text);
        if (words.Count >= 32)
            return [.. Enumerable.Range(0, words.Count - 2).Select(first => string.Join(' ', words.Skip(first).Take(3)))];
        var line = $" {string.Join(' ', words)} ".EnumerateRunes().ToArray();
        return line.Length < 12 ? [] : [.. Enumerable.Range(0, line.Length - 4).Select(first => string.Concat(line.AsSpan(first, 5).ToArray()))];
    }

    public static double Jaccard(string a, string b)
    {
        var (first, second) = (Of(a), Of(b));
        double common = first.Intersect(second).Count();
        return common / (first.Count + second.Count - common);
    }

    public static (UInt128 Identity, Signature Signature, uint[] Keys) Fingerprint(string text, int bandRows = 7)
    {
        var batch = new FingerprintBatch(1, bandRows);
        var utf8 = Encoding.UTF8.GetBytes(text);
        var digest = default(Plumbline.Datasets.TextDigest);
        System.Security.Cryptography.SHA256.HashData(utf8, System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<Plumbline.Datasets.TextDigest>(ref digest)));
        batch.Set(0, utf8, digest);
        return (batch.Identities[0], batch.Signatures[0], batch.Keys);
    }
}
