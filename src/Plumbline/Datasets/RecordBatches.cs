using System.Runtime.ExceptionServices;

namespace Plumbline.Datasets;

/// <summary>Work over batches of records.</summary>
public static class RecordBatches
{
    /// <summary>
    /// Maps batches on <paramref name="threads"/> threads, each of which reads the next batch while others work, and yields the results in the
    /// order of the batches, so that what is made of them does not depend on the number of threads. Holds at most twice as many batches as threads.
    /// </summary>
    public static IEnumerable<T> MapInOrder<TBatch, T>(
        IEnumerable<TBatch> batches, int threads, Func<TBatch, T> map, CancellationToken cancellation = default)
    {
        using var source = batches.GetEnumerator();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var room = new SemaphoreSlim(2 * threads);
        var results = new Dictionary<long, T>();
        var working = threads;
        long read = 0;
        ExceptionDispatchInfo? failure = null;
        var workers = Enumerable.Range(0, threads).Select(_ => Task.Run(Work, CancellationToken.None)).ToArray();
        try
        {
            for (long next = 0; ; next++)
            {
                T? result;
                lock (results)
                {
                    while (!results.Remove(next, out result))
                    {
                        failure?.Throw();
                        if (working == 0)
                            yield break;
                        Monitor.Wait(results);
                    }
                }
                room.Release();
                yield return result;
            }
        }
        finally
        {
            stop.Cancel();
            Task.WaitAll(workers, CancellationToken.None);
        }

        void Work()
        {
            try
            {
                while (true)
                {
                    room.Wait(stop.Token);
                    TBatch batch;
                    long index;
                    lock (source)
                    {
                        if (!source.MoveNext())
                            break;
                        (batch, index) = (source.Current, read++);
                    }
                    var result = map(batch);
                    lock (results)
                    {
                        results.Add(index, result);
                        Monitor.Pulse(results);
                    }
                }
            }
            catch (Exception exception)
            {
                lock (results)
                    failure ??= ExceptionDispatchInfo.Capture(exception);
                stop.Cancel();
            }
            finally
            {
                lock (results)
                {
                    working--;
                    Monitor.Pulse(results);
                }
            }
        }
    }
}
