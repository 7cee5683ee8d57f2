namespace Plumbline.Datasets.Sources;

/// <summary>Where the bytes of one part of a source come from. Every failure surfaces as <see cref="DatasetException"/>, or as <see cref="IOException"/> from the stream.</summary>
internal abstract class Origin : IDisposable
{
    /// <summary>For messages; never holds a secret.</summary>
    public abstract string Name { get; }

    /// <summary>For the record of what was read.</summary>
    public virtual string FullName => Name;

    /// <summary>In bytes; 0 where not known.</summary>
    public abstract long Size { get; }

    /// <summary>Another where the content is another, as far as its place knows; empty where it knows nothing.</summary>
    public virtual string Version => "";

    /// <summary>How its text is written, where that is known beforehand.</summary>
    public virtual Dialect? Dialect => null;

    /// <summary>Where readers that move around in a file can find it; null where it has to be fetched first.</summary>
    public virtual string? LocalPath => null;

    /// <summary>The bytes from the first on, forwards only.</summary>
    public abstract Stream Open(CancellationToken stop);

    /// <summary>Called after the last byte: whether what was read is what lies there.</summary>
    /// <exception cref="DatasetException">It changed meanwhile.</exception>
    public virtual void CheckUnchanged(long bytesRead)
    {
    }

    public virtual void Dispose()
    {
    }
}
