using Plumbline.Datasets;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Inference.Batch;

/// <summary>
/// Keeps other processes away from an output in a store that knows neither locks nor conditional writes: each puts an object of its own into one folder, then lists it, and who sees another's gives way. So of
/// any that come at once at most one stays, as long as a listing has what was put before it. The object is written anew at every beat; one that is not belongs to a dead process, and is removed. Thread-safe.
/// </summary>
internal sealed class StoreLock : IAsyncDisposable
{
    public static readonly TimeSpan UsualBeat = TimeSpan.FromSeconds(5);

    /// <summary>Beats that a process misses before others take it for dead.</summary>
    private const int Patience = 3;

    private const int PageEntries = 1000;

    private readonly CancellationTokenSource _stop = new();
    private readonly IObjectStore _store;
    private readonly string _folder;
    private readonly string _output;
    private readonly OutputOwner _owner;
    private readonly string _name = Guid.NewGuid().ToString("N");
    private readonly TimeSpan _beat;
    private readonly TimeProvider _time;
    private Task _beating = Task.CompletedTask;
    private long _beats;

    private StoreLock(IObjectStore store, string folder, string output, OutputOwner owner, TimeSpan beat, TimeProvider time) =>
        (_store, _folder, _output, _owner, _beat, _time) = (store, folder, output, owner, beat, time);

    /// <summary>Waits for a dead process's time to be over, no longer.</summary>
    /// <param name="folder">Of the locks of this output.</param>
    /// <param name="output">For messages.</param>
    /// <param name="owner">Workers of one job hold it together.</param>
    /// <exception cref="DatasetException">Others are at work.</exception>
    /// <exception cref="MetadataException">Unavailable: the store does not answer.</exception>
    public static async Task<StoreLock> TakeAsync(IObjectStore store, string folder, string output, OutputOwner owner, TimeSpan beat, TimeProvider time, CancellationToken stop)
    {
        while (true)
        {
            var mine = new StoreLock(store, folder, output, owner, beat, time);
            IReadOnlyDictionary<string, byte[]> others;
            try
            {
                await mine.PutAsync(stop).ConfigureAwait(false);
                others = await mine.OthersAsync(stop).ConfigureAwait(false);
                if (others.Count == 0)
                {
                    mine._beating = mine.BeatAsync();
                    return mine;
                }
            }
            catch
            {
                await mine.DisposeAsync().ConfigureAwait(false);
                throw;
            }
            await mine.DisposeAsync().ConfigureAwait(false);
            await mine.OutliveAsync(others, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Before anything is written: whether it is still held.</summary>
    /// <exception cref="DatasetException">Another process took this one for dead.</exception>
    public async Task CheckAsync(CancellationToken stop)
    {
        if (await _store.FindAsync(KeyOf(_name), stop).ConfigureAwait(false) is null)
            throw new DatasetException($"{_output} is being written by another process by now: this one did not say for {Patience * _beat.TotalSeconds:0.#} s that it lives. Wait for the other, and call again");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(false);
        _stop.Dispose();
        try
        {
            await _store.DeleteAsync(KeyOf(_name), CancellationToken.None).ConfigureAwait(false);
        }
        catch (MetadataException)
        {
            // It is taken for a dead process's in a while.
        }
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(_beat, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                try
                {
                    // Who was taken for dead stays so.
                    if (await _store.FindAsync(KeyOf(_name), _stop.Token).ConfigureAwait(false) is null)
                        return;
                    await PutAsync(_stop.Token).ConfigureAwait(false);
                }
                catch (MetadataException)
                {
                    // The next beat may reach the store.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is given back.
        }
    }

    /// <summary>Ends when all others are gone, or were silent for so long that they are dead, and removed.</summary>
    private async Task OutliveAsync(IReadOnlyDictionary<string, byte[]> others, CancellationToken stop)
    {
        var began = _time.GetTimestamp();
        while (others.Count > 0)
        {
            // Two that gave way to each other come again at different times.
            await Task.Delay((_beat / 4) + (_beat / 4 * (_name[0] % 16 / 16.0)), _time, stop).ConfigureAwait(false);
            var now = await OthersAsync(stop).ConfigureAwait(false);
            foreach (var (name, content) in now)
            {
                if (!others.TryGetValue(name, out var before) || !before.AsSpan().SequenceEqual(content))
                    throw OutputOwner.InUse(_output, OutputOwner.Read(content));
            }
            others = now;
            if (_time.GetElapsedTime(began) < Patience * _beat)
                continue;
            foreach (var name in now.Keys)
                await _store.DeleteAsync(KeyOf(name), stop).ConfigureAwait(false);
            return;
        }
    }

    private async Task<IReadOnlyDictionary<string, byte[]>> OthersAsync(CancellationToken stop)
    {
        var others = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var entry in (await _store.ListAsync(_folder, null, PageEntries, stop).ConfigureAwait(false)).Entries)
        {
            if (entry.Name == _name || await _store.ReadAsync(KeyOf(entry.Name), stop).ConfigureAwait(false) is not { } content || OutputOwner.Read(content) is var other && _owner.IsOf(other))
                continue;
            // A worker of a job that ended finds that out before it writes.
            if (other?.Job is { } job && await _owner.HasEndedAsync(job, stop).ConfigureAwait(false))
                await _store.DeleteAsync(KeyOf(entry.Name), stop).ConfigureAwait(false);
            else
                others.Add(entry.Name, content);
        }
        return others;
    }

    private async Task PutAsync(CancellationToken stop)
    {
        var upload = _store.Begin();
        await using (upload.ConfigureAwait(false))
        {
            await upload.WriteAsync(_owner.ToJson(_beats++), stop).ConfigureAwait(false);
            await upload.CommitAsync(KeyOf(_name), stop).ConfigureAwait(false);
        }
    }

    private string KeyOf(string name) => $"{_folder}/{name}";
}
