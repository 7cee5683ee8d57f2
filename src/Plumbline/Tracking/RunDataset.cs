namespace Plumbline.Tracking;

/// <summary>Data that a run read, as MLflow describes it.</summary>
/// <param name="Name">At most 500 characters.</param>
/// <param name="Digest">Of its content, by whatever made it; of a snapshot, its SHA-256.</param>
/// <param name="SourceType">Such as <c>local</c> or <c>s3</c>.</param>
/// <param name="Source">JSON: where it came from.</param>
/// <param name="Schema">JSON, or empty.</param>
/// <param name="Profile">JSON, or empty.</param>
public sealed record RunDataset(string Name, string Digest, string SourceType, string Source, string Schema = "", string Profile = "")
{
    /// <summary>Of this use, such as <c>mlflow.data.context</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}
