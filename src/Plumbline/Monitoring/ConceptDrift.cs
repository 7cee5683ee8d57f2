using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Inference.Feedback;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Monitoring;

/// <summary>Errors became more frequent.</summary>
/// <param name="Test"><c>shiryaev_roberts</c>, <c>page_hinkley</c> or <c>adwin</c>: which found it.</param>
/// <param name="Time">When the label arrived by which it was found.</param>
/// <param name="Label">Number of that label among those of the version, from 1.</param>
/// <param name="Before">Share of errors before.</param>
/// <param name="After">Share of errors since the change.</param>
/// <param name="Pair">The two labels that are taken for each other more often, where that is what told; null: it was errors of all kinds.</param>
public sealed record ErrorChange(string Test, DateTimeOffset Time, long Label, double Before, double After, IReadOnlyList<string>? Pair = null);

/// <summary>
/// Whether the errors of a version became more frequent, by three tests over its labels in the order in which they were joined: docs/specs/quality.md. Found by one, all begin anew. Corrections of
/// labels do not count: what was seen cannot be unseen. Not thread-safe.
/// </summary>
internal sealed class ConceptDrift
{
    private const string ByMeaning = "shiryaev_roberts";
    private const string ByPageHinkley = "page_hinkley";
    private const string ByAdwin = "adwin";
    private const int MostChanges = 20;

    /// <summary>Labels after which it is known whether a change stands.</summary>
    private const int LeastSince = 200;

    public long Labels { get; set; }

    /// <summary>States of versions before had none: then it begins with the next label.</summary>
    public LabelMeaning Meaning { get; set; } = new();

    public PageHinkley PageHinkley { get; set; } = new();

    public AdaptiveWindow Window { get; set; } = new();

    /// <summary>The newest last.</summary>
    public List<ErrorChange> Changes { get; set; } = [];

    /// <summary>The last change, unless errors have become nearly as rare again as before it.</summary>
    [JsonIgnore]
    public ErrorChange? InForce => Changes is [.., var last] && (PageHinkley.Labels < LeastSince || (double)PageHinkley.Errors / PageHinkley.Labels > (last.Before + last.After) / 2) ? last : null;

    /// <summary>Whether that stands: enough labels have come since, and they say the same.</summary>
    [JsonIgnore]
    public bool Stands => InForce is not null && PageHinkley.Labels >= LeastSince;

    /// <summary>Takes a first label.</summary>
    public void Add(SettledFeedback one)
    {
        Labels++;
        var (prediction, isError) = (one.Prediction, one.Label != one.Prediction.Label);
        var byMeaning = Meaning.Add(prediction, one.Label, out var pair);
        var (byMean, byWindow) = (PageHinkley.Add(isError, 1 - prediction.Confidence), Window.Add(isError, out var cut));
        if (!byMeaning && !byMean && !byWindow)
            return;
        var (before, after) = byMeaning || byMean ? PageHinkley.Means() : cut;
        Changes.Add(new ErrorChange(byMeaning ? ByMeaning : byMean ? ByPageHinkley : ByAdwin, one.Arrived, Labels, before, after, pair));
        if (Changes.Count > MostChanges)
            Changes.RemoveAt(0);
        (Meaning, PageHinkley, Window) = (new LabelMeaning(), new PageHinkley(), new AdaptiveWindow());
    }

    /// <summary>Of a version; one without any label where none is known.</summary>
    public static ConceptDrift Read(DbConnection connection, string version) =>
        connection.Scalar("SELECT state FROM concept_drift WHERE version = @version", ("version", version)) is string state ? Parse(state, version) : new ConceptDrift();

    /// <summary>Takes labels of any versions, in their order.</summary>
    public static void Add(DbConnection connection, IReadOnlyList<SettledFeedback> settled, DateTimeOffset now)
    {
        foreach (var same in settled.Where(one => one.Replaced is null).GroupBy(one => one.Prediction.Version, StringComparer.Ordinal).OrderBy(same => same.Key, StringComparer.Ordinal))
        {
            var state = Read(connection, same.Key);
            foreach (var one in same)
                state.Add(one);
            connection.Execute(
                """
                INSERT INTO concept_drift (version, state, last_update_time) VALUES (@version, @state, @now)
                ON CONFLICT (version) DO UPDATE SET state = excluded.state, last_update_time = excluded.last_update_time
                """,
                ("version", same.Key), ("state", JsonSerializer.Serialize(state, QualityJson.Default.ConceptDrift)), ("now", now.ToUnixTimeMilliseconds()));
        }
    }

    private static ConceptDrift Parse(string state, string version)
    {
        try
        {
            return JsonSerializer.Deserialize(state, QualityJson.Default.ConceptDrift) ?? new ConceptDrift();
        }
        catch (JsonException exception)
        {
            throw new MetadataException(MetadataError.Damaged, $"The state of concept drift of {version} cannot be read: it is not what was written.", exception);
        }
    }
}
