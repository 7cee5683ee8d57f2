using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Tracking;

/// <summary>
/// The artifacts of one run, logged model or bundle. A file is seen whole or not at all, old or new, and is durable once written. Thread-safe; parts of paths are those of
/// <see cref="ArtifactPath.Split"/>.
/// </summary>
public interface IArtifactFolder
{
    /// <summary>Files and folders in a folder, by name; none if there is no such folder.</summary>
    Task<IReadOnlyList<ArtifactEntry>> ListAsync(IReadOnlyList<string> path, CancellationToken cancellation = default);

    /// <summary>A file, from its beginning; its length is known.</summary>
    /// <exception cref="MetadataException">NotFound: there is no such file. Damaged, when it is read: it is not what was written.</exception>
    Task<Stream> OpenReadAsync(IReadOnlyList<string> path, CancellationToken cancellation = default);

    /// <summary>Writes a file, in the place of whatever file was there.</summary>
    /// <exception cref="MetadataException">Invalid: a folder has this name, or a file that of a folder above it. Unavailable: the store takes no more.</exception>
    Task WriteAsync(IReadOnlyList<string> path, Stream content, CancellationToken cancellation = default);

    /// <summary>Removes a file, or a folder with all that is in it.</summary>
    /// <exception cref="MetadataException">NotFound: there is none.</exception>
    Task DeleteAsync(IReadOnlyList<string> path, CancellationToken cancellation = default);
}
