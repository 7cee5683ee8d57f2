using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Inference.Batch;

internal sealed class LocalOutput : OutputPlace
{
    private readonly string _output;
    private readonly string _parts;

    public LocalOutput(string output)
    {
        _output = Path.GetFullPath(output);
        _parts = _output + PartsSuffix;
        if (Directory.Exists(_output))
            throw new DatasetException($"{output} is a folder. Name a file for the answers");
    }

    public override string Name => _output;

    public override string Temporary => _parts;

    public override async Task<IAsyncDisposable> LockAsync(OutputOwner owner, TimeProvider time, CancellationToken stop)
    {
        try
        {
            var held = await FolderLock.TakeAsync(_parts, _output, owner, time, stop).ConfigureAwait(false);
            // Of processes that were killed; beside this one nobody is at work.
            if (owner.Job is null)
                Do(() => Remove(Directory.EnumerateFiles(_parts, ".*.tmp")));
            return held;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(exception);
        }
    }

    public override OutputHolder? FindHolder() => Do(() => FolderLock.FindHolder(_parts));

    public override Task<bool> HasPartsAsync(CancellationToken stop) => Task.FromResult(Directory.Exists(_parts));

    public override Task PutAsync(string part, string file, CancellationToken stop) => Task.FromResult(Do(() => Move(file, Path.Combine(_parts, part))));

    public override Task<byte[]?> ReadAsync(string part, CancellationToken stop) => Task.FromResult(Do(() =>
    {
        var path = Path.Combine(_parts, part);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }));

    public override Task<string> FetchAsync(string part, CancellationToken stop) => Task.FromResult(Path.Combine(_parts, part));

    public override Task PublishAsync(string suffix, string file, CancellationToken stop) => Task.FromResult(Do(() => Move(file, _output + suffix)));

    public override Task RemoveAsync(string suffix, CancellationToken stop)
    {
        Do(() =>
        {
            File.Delete(_output + suffix);
            return true;
        });
        return Task.CompletedTask;
    }

    public override Task DropAsync(string part, CancellationToken stop)
    {
        Do(() =>
        {
            if (Directory.Exists(_parts))
                File.Delete(Path.Combine(_parts, part));
            return true;
        });
        return Task.CompletedTask;
    }

    public override void RemoveEmpty() => Do(() =>
    {
        if (Directory.Exists(_parts) && !Directory.EnumerateFileSystemEntries(_parts).Any())
            Directory.Delete(_parts);
        return true;
    });

    public override Task ClearAsync(CancellationToken stop)
    {
        Do(() =>
        {
            if (Directory.Exists(_parts))
                Directory.Delete(_parts, recursive: true);
            return true;
        });
        return Task.CompletedTask;
    }

    private static bool Remove(IEnumerable<string> files)
    {
        foreach (var file in files)
            File.Delete(file);
        return true;
    }

    private static bool Move(string file, string target)
    {
        using (var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.FlushToDisk(handle);
        File.Move(file, target, overwrite: true);
        DurableFolder.Flush(Path.GetDirectoryName(target)!);
        return true;
    }

    private T Do<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(exception);
        }
    }

    private DatasetException Unwritable(Exception exception) =>
        new($"{_output} cannot be written: {exception.Message.TrimEnd('.')}. Free space there, or name another output", exception);
}
