namespace Plumbline.Inference.Batch;

/// <summary>Tells whether an input is still what it was.</summary>
internal static class InputFiles
{
    /// <returns>Null where nothing differs.</returns>
    public static string? Difference(IReadOnlyList<InputFile> before, IReadOnlyList<InputFile> now)
    {
        if (before.FirstOrDefault(file => !now.Any(other => other.Name == file.Name)) is { } gone)
            return $"{gone.Name} is no longer part of the input";
        if (now.FirstOrDefault(file => !before.Any(other => other.Name == file.Name)) is { } added)
            return $"{added.Name} was not part of the input";
        foreach (var (was, file) in before.Zip(now))
        {
            if (was.Size != file.Size)
                return FormattableString.Invariant($"{file.Name} had {was.Size} bytes and has {file.Size}");
            if (was != file)
                return $"{file.Name} was changed: it was of {was.Version} and is of {file.Version}";
        }
        return null;
    }
}
