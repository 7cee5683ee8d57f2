namespace Plumbline.Inference.Batch;

/// <summary>Leases of a job: one a worker, and one of whoever puts the output together.</summary>
internal static class BatchJobLeases
{
    public const string Prefix = "batch-job/";

    public static string OfWorker(string job) => $"{Prefix}{job}/{Guid.NewGuid():N}";

    public static string OfOutput(string job) => $"{Prefix}output/{job}";
}
