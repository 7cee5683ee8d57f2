using Plumbline.Inference;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Generations;

/// <summary>Records what a process serves from when on, so that predictions lead back to it. Thread-safe.</summary>
/// <param name="folder">Null records nothing.</param>
internal sealed class ServedVersions(string? folder, RequestIds ids, ILogger log, TimeProvider time)
{
    public DateTimeOffset Now => time.GetUtcNow();

    public void Record(Generation generation)
    {
        if (folder is null)
            return;
        var (model, now) = (generation.Model, time.GetUtcNow().ToUnixTimeMilliseconds());
        try
        {
            ServedModelLog.Record(folder, new ServedModelRecord(ids.Node(generation.Number), now, model.Version, model.Predictor.Digest));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Answers matter more than where they came from.
            ServerLog.NotRecorded(log, folder, exception.Message);
        }
    }
}
