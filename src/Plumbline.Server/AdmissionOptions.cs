using Plumbline.Inference;

namespace Plumbline.Server;

/// <summary>How many predictions are computed at once, and what may wait: <c>server.admission</c> of <c>plumbline.yaml</c>, <c>docs/specs/admission.md</c>. Immutable.</summary>
public sealed record AdmissionOptions
{
    private const int MostConcurrency = 256;

    /// <summary>Predictions, or batches of them, that are computed at once, but for those that take less than waiting would.</summary>
    public int Concurrency { get; init; } = Math.Min(Environment.ProcessorCount, MostConcurrency);

    /// <summary>Texts that may wait before another request.</summary>
    public int QueueTexts { get; init; } = 10_000;

    /// <summary>For which a request may be foretold to wait; requests of low priority for half of it.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Texts of one or several requests that are answered in one call, where the model gains by it; 1 answers them one by one.</summary>
    public int BatchTexts { get; init; } = 32;

    internal IEnumerable<string> Faults()
    {
        if (Concurrency is < 1 or > MostConcurrency)
            yield return $"server.admission.concurrency: {Concurrency} is not between 1 and {MostConcurrency}.";
        if (QueueTexts < 1)
            yield return $"server.admission.queue_texts: {QueueTexts} is not at least 1.";
        if (Wait <= TimeSpan.Zero || Wait > TimeSpan.FromHours(1))
            yield return $"server.admission.wait_seconds: {Wait.TotalSeconds} is not above 0 and at most 3600.";
        if (BatchTexts is < 1 or > OnnxPredictor.MostAtOnce)
            yield return $"server.admission.batch_texts: {BatchTexts} is not between 1 and {OnnxPredictor.MostAtOnce}.";
    }
}
