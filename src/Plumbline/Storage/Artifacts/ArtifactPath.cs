using System.Text;

namespace Plumbline.Storage.Artifacts;

/// <summary>The parts of a path that a client sent, each fit to be the name of a file within a folder.</summary>
public static class ArtifactPath
{
    private const int LongestPart = 255;
    private const int LongestPath = 2000;
    private const int MostDecodings = 8;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="path">Relative, with /; blank or a lone slash at its end do not count.</param>
    /// <exception cref="MetadataException">Invalid: a part leads elsewhere, however often it is encoded, or no file system takes it.</exception>
    public static string[] Split(string path)
    {
        if (path.Length > LongestPath)
            throw Refused(path, $"it has {path.Length} characters; at most {LongestPath} are allowed");
        if (path.Length == 0)
            return [];
        var parts = path.EndsWith('/') ? path[..^1].Split('/') : path.Split('/');
        foreach (var part in parts)
            Check(path, part);
        return parts;
    }

    private static void Check(string path, string part)
    {
        if (CountBytes(path, part) > LongestPart)
            throw Refused(path, $"a name in it has more than {LongestPart} bytes");
        // What would be a way out if somebody decoded it once more is refused, too: no artifact is called so.
        for (var (decoded, i) = (part, 0); i < MostDecodings; i++)
        {
            if (decoded.Length == 0 || decoded is "." or ".." || decoded.AsSpan().ContainsAny('/', '\\', '\0') || decoded.Any(char.IsControl))
                throw Refused(path, "it holds an empty name, a dot segment, a backslash or a control character");
            var next = Uri.UnescapeDataString(decoded);
            if (next == decoded)
                break;
            decoded = next;
        }
        if (IsTemporary(part))
            throw Refused(path, "names that begin with a dot and end in .tmp are kept for what is being written");
    }

    /// <summary>Whether a name is kept for what is being written.</summary>
    internal static bool IsTemporary(string name) =>
        name.StartsWith('.') && (name.EndsWith(AtomicDirectory.FolderSuffix, StringComparison.Ordinal) || name.EndsWith(AtomicDirectory.LockSuffix, StringComparison.Ordinal));

    private static int CountBytes(string path, string part)
    {
        try
        {
            return Strict.GetByteCount(part);
        }
        catch (EncoderFallbackException)
        {
            throw Refused(path, "it holds half of a surrogate pair, which is no character");
        }
    }

    private static MetadataException Refused(string path, string fault) =>
        new(MetadataError.Invalid, $"The artifact path '{MetadataText.Quote(path)}' is refused: {fault}.");
}
