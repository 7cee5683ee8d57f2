namespace Plumbline.Datasets;

/// <summary>Work over the batches of a split.</summary>
public static class RecordBatches
{
    /// <summary>
    /// Maps batches in parallel, <paramref name="threads"/> at a time, and yields the results in the order of the batches,
    /// so that what is made of them does not depend on the number of threads. Holds at most <paramref name="threads"/> batches.
    /// </summary>
    public static IEnumerable<T> MapInOrder<T>(
        IEnumerable<RecordBatch> batches, int threads, Func<RecordBatch, T> map, CancellationToken cancellation = default)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        foreach (var group in batches.Chunk(threads))
        {
            var results = new T[group.Length];
            if (group.Length == 1)
                results[0] = map(group[0]);
            else
                Parallel.For(0, group.Length, options, i => results[i] = map(group[i]));
            foreach (var result in results)
                yield return result;
        }
    }
}
