namespace Plumbline.Storage;

/// <summary>Addresses that may hold a secret, kept in a file: <c>file:PATH</c>.</summary>
internal static class AddressFile
{
    public const string Prefix = "file:";

    /// <param name="key">Where the file was named, for messages.</param>
    /// <exception cref="MetadataException">Invalid: it cannot be read.</exception>
    public static string Read(string path, string key)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new MetadataException(MetadataError.Invalid, $"{key} names the file {path}, which cannot be read: {exception.Message}", exception);
        }
    }
}
