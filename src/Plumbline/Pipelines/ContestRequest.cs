using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Learning;
using Plumbline.Learning.Contests;

namespace Plumbline.Pipelines;

/// <summary>What a contest was asked for: enough to go on with it, or to hold it again.</summary>
/// <param name="Snapshot">Digest.</param>
public sealed record ContestRequest(string Experiment, string Snapshot, string CodeVersion, TrainingOptions Options)
{
    private const int KeyDigits = 12;

    /// <summary>
    /// The experiment and a digest of all that decides what a trial is and gives: budgets, threads and how the winner is chosen are not of it, so that a contest with a larger
    /// budget goes on with the studies of the smaller one.
    /// </summary>
    [JsonIgnore]
    public string Name
    {
        get
        {
            var contest = Options.Contest!;
            var decisive = this with
            {
                Options = TrainingOptions.Default with
                {
                    Features = Options.Features,
                    Families = ["logistic"],
                    Seed = Options.Seed,
                    Threads = 1,
                    Contest = contest.Decisive,
                },
            };
            return $"{Experiment}/{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(decisive, ContestJson.Default.ContestRequest)))[..KeyDigits]}";
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(ContestRequest))]
[JsonSerializable(typeof(ContestReport))]
internal sealed partial class ContestJson : JsonSerializerContext;
