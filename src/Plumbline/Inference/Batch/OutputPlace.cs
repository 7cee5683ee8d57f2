using Plumbline.Datasets;
using Plumbline.Datasets.Sources;
using Plumbline.Storage;

namespace Plumbline.Inference.Batch;

/// <summary>
/// Where an output appears, and the folder <c>&lt;output&gt;.parts</c> beside it, in which its parts wait meanwhile. Thread-safe.
/// Errors are <see cref="DatasetException"/>s, or <see cref="MetadataException"/>s with <see cref="MetadataError.Unavailable"/> where a store does not answer.
/// </summary>
internal abstract class OutputPlace : IDisposable
{
    public const string PartsSuffix = ".parts";
    public const string LocksSuffix = ".locks";
    public const string ErrorsSuffix = ".errors.jsonl";

    /// <summary>Whether what is written of one output has a name that something of another has.</summary>
    public static bool Collide(string output, string other) => Writes(output, other) || Writes(other, output);

    /// <summary>Whether a name is the output's, or that of something that is kept beside it.</summary>
    private static bool Writes(string output, string name) => Normal(output) is var written && Normal(name) is var given && given.StartsWith(written, StringComparison.Ordinal)
        && given[written.Length..] is var rest
        && (rest is "" or ErrorsSuffix or PartsSuffix or LocksSuffix || rest.StartsWith($"{PartsSuffix}/", StringComparison.Ordinal) || rest.StartsWith($"{LocksSuffix}/", StringComparison.Ordinal));

    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    /// <summary>Local folder for files that are handed over later, made if absent.</summary>
    public abstract string Temporary { get; }

    /// <param name="home">Where files wait that go to a store.</param>
    public static OutputPlace Of(BatchOptions options, Home home) =>
        S3Address.IsS3(options.Output) ? new S3Output(S3Address.Parse(options.Output), options.Source.S3, home) : new LocalOutput(options.Output);

    /// <summary>A new path in <see cref="Temporary"/>.</summary>
    public string NewFile()
    {
        Directory.CreateDirectory(Temporary);
        return Path.Combine(Temporary, $".{Guid.NewGuid():N}.tmp");
    }

    /// <summary>Keeps others away; disposed, lets them in.</summary>
    /// <exception cref="DatasetException">Others are at work.</exception>
    public abstract Task<IAsyncDisposable> LockAsync(OutputOwner owner, TimeProvider time, CancellationToken stop);

    /// <summary>Who is at work, where that can be seen at once; else null.</summary>
    public virtual OutputHolder? FindHolder() => null;

    /// <summary>Whether there may be any parts.</summary>
    public abstract Task<bool> HasPartsAsync(CancellationToken stop);

    /// <summary>Takes over a local file as a part: durable first, then visible.</summary>
    public abstract Task PutAsync(string part, string file, CancellationToken stop);

    /// <summary>All bytes of a small part; null where there is none.</summary>
    public abstract Task<byte[]?> ReadAsync(string part, CancellationToken stop);

    /// <summary>Path of a local file with a part's content, which may be one of <see cref="Temporary"/>.</summary>
    public abstract Task<string> FetchAsync(string part, CancellationToken stop);

    /// <summary>Takes over a local file as the output, or a file beside it: durable first, then visible in the place of whatever had the name.</summary>
    /// <param name="suffix">What follows the output's name.</param>
    public abstract Task PublishAsync(string suffix, string file, CancellationToken stop);

    /// <summary>Removes what an earlier run put beside its output, if it is there.</summary>
    public abstract Task RemoveAsync(string suffix, CancellationToken stop);

    /// <summary>Removes a part, if it is there.</summary>
    public abstract Task DropAsync(string part, CancellationToken stop);

    /// <summary>Removes all parts.</summary>
    public abstract Task ClearAsync(CancellationToken stop);

    /// <summary>Removes all parts, unless they are others' by now.</summary>
    public async Task ClearAsync(OutputOwner owner, TimeProvider time, CancellationToken stop)
    {
        if (!await HasPartsAsync(stop).ConfigureAwait(false))
            return;
        try
        {
            var held = await LockAsync(owner, time, stop).ConfigureAwait(false);
            await using (held.ConfigureAwait(false))
                await ClearAsync(stop).ConfigureAwait(false);
        }
        catch (DatasetException exception) when (exception.IsInUse)
        {
            // They remove them.
        }
    }

    /// <summary>Removes the folder of parts where nothing is in it.</summary>
    public virtual void RemoveEmpty()
    {
    }

    private static string Normal(string output) => S3Address.IsS3(output) ? S3Address.Parse(output).ToString() : Path.GetFullPath(output);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
