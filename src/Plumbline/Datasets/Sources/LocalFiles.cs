namespace Plumbline.Datasets.Sources;

/// <summary>Finds the local files that a path, a pattern or a folder stands for.</summary>
internal static class LocalFiles
{
    /// <summary>Of the files of a folder that are read; of text kinds also .gz and .zst.</summary>
    private static readonly string[] Extensions = [".csv", ".tsv", ".psv", ".jsonl", ".ndjson", ".json", ".parquet"];

    private static readonly string[] Packed = [".gz", ".zst"];

    /// <summary>One or more paths in ordinal order; those found are written as <paramref name="path"/> is, relative or not.</summary>
    /// <exception cref="DatasetException">There is none.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        // What exists is meant, even if its name holds a star.
        if (File.Exists(path))
            return [path];
        try
        {
            if (Directory.Exists(path))
                return InFolder(path);
            return PathPattern.IsPattern(path) ? ByPattern(path) : throw new DatasetException($"{path}: there is no such file");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new DatasetException($"{path} cannot be looked through: {e.Message}", e);
        }
    }

    /// <summary>Whether a name ends as a file of records does.</summary>
    public static bool IsKnown(ReadOnlySpan<char> name)
    {
        foreach (var packed in Packed)
            if (name.EndsWith(packed, StringComparison.OrdinalIgnoreCase))
            {
                name = name[..^packed.Length];
                break;
            }
        return EndsWithAny(name);
    }

    /// <summary>What a folder's listing may tell.</summary>
    public static string KnownNames => string.Join(", ", Extensions) + " (also .gz, .zst)";

    private static bool EndsWithAny(ReadOnlySpan<char> name)
    {
        foreach (var extension in Extensions)
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static List<string> InFolder(string folder)
    {
        var found = Below(folder, int.MaxValue).Where(file => IsKnown(file) && !IsHidden(Path.GetRelativePath(folder, file))).Order(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : throw new DatasetException($"{folder}: the folder holds no file of records. Their names end in {KnownNames}");
    }

    private static List<string> ByPattern(string path)
    {
        var pattern = new PathPattern(path);
        var root = pattern.Root.Length > 0 ? pattern.Root : path.StartsWith('/') ? "/" : ".";
        if (!Directory.Exists(root))
            throw new DatasetException($"{path}: there is no folder {root}");
        var found = Below(root, pattern.Depth).Where(file => pattern.Matches(Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/')))
            .Select(file => root == "." ? Path.GetRelativePath(root, file) : file).Order(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : throw new DatasetException($"{path}: no file matches the pattern");
    }

    private static IEnumerable<string> Below(string folder, int depth) => Directory.EnumerateFiles(folder, "*", new EnumerationOptions
    {
        RecurseSubdirectories = depth > 0,
        MaxRecursionDepth = depth,
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
    });

    private static bool IsHidden(string path) => path.Split(Path.DirectorySeparatorChar).Any(name => name.StartsWith('.'));
}
