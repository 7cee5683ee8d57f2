using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Inference.Batch;

internal sealed class LocalOutput : OutputPlace
{
    private const string LockName = "lock";

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

    public override Task<IAsyncDisposable> LockAsync(TimeProvider time, CancellationToken stop) => Task.FromResult<IAsyncDisposable>(Do(() =>
    {
        DurableFolder.Create(_parts);
        FileStream held;
        try
        {
            held = new FileStream(Path.Combine(_parts, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new DatasetException($"{_output} is being written by another process. Wait for it, or name another output", exception);
        }
        // Of processes that were killed.
        foreach (var left in Directory.EnumerateFiles(_parts, ".*.tmp"))
            File.Delete(left);
        return held;
    }));

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
            throw new DatasetException($"{_output} cannot be written: {exception.Message.TrimEnd('.')}. Free space there, or name another output", exception);
        }
    }
}
