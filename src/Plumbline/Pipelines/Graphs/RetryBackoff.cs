namespace Plumbline.Pipelines.Graphs;

/// <summary>How long a task that failed waits: <see cref="First"/>, twice that, and so on up to <see cref="Most"/>, each more or less by up to <see cref="Jitter"/> of it.</summary>
/// <param name="Jitter">Share, 0 to 1.</param>
public sealed record RetryBackoff(TimeSpan First, TimeSpan Most, double Jitter = 0.2)
{
    private const int MostDoublings = 30;

    public static RetryBackoff Default { get; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10));

    /// <param name="failures">So far, at least 1.</param>
    /// <param name="draw">Uniform in [0, 1).</param>
    public TimeSpan After(long failures, double draw)
    {
        var doubled = First * (1L << (int)Math.Min(failures - 1, MostDoublings));
        return (doubled < Most ? doubled : Most) * (1 + (Jitter * ((2 * draw) - 1)));
    }

    internal void Validate(string node)
    {
        if (First <= TimeSpan.Zero || Most < First || !(Jitter is >= 0 and <= 1))
            throw new ArgumentException($"{node}: a backoff begins above 0, does not end below where it begins, and its jitter is within 0 and 1.");
    }
}
