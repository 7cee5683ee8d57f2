using System.Globalization;
using Plumbline.Features.Online;

namespace Plumbline.Inference.Batch;

/// <summary>The feature store that answers for the users and items of a file, as it does for requests: without one there are defaults, and a warning.</summary>
public sealed class FileAggregates : IAsyncDisposable
{
    /// <summary>A file can wait longer than a request for what makes its answers better.</summary>
    private static readonly TimeSpan LookupTimeout = TimeSpan.FromSeconds(2);

    private readonly FeatureStoreOptions? _options;
    private readonly string? _fault;

    private FileAggregates(OnlineFeatures online, FeatureStoreOptions? options, string? fault) => (Online, _options, _fault) = (online, options, fault);

    public OnlineFeatures Online { get; }

    /// <summary>Which store; null where there is none.</summary>
    public string? Store => Online.Store is null ? null : _options!.ToString();

    /// <returns>Null for a model without aggregates.</returns>
    /// <exception cref="FeatureStoreException">Another process has the embedded store.</exception>
    public static FileAggregates? Open(IPredictor predictor, FeatureStoreOptions? options, TimeProvider time)
    {
        if (predictor.Manifest?.Contract is not { } contract || contract.Options.Numeric.Aggregates.Count == 0)
            return null;
        options = options is null || options.LookupTimeout > LookupTimeout ? options : options with { LookupTimeout = LookupTimeout };
        var store = FeatureStore.OpenForPredictions(options, time, out var fault);
        return new FileAggregates(new OnlineFeatures(contract, store, options?.Defaults ?? new Dictionary<string, double>()), options, fault);
    }

    /// <summary>What the answers of <paramref name="inputs"/> did without.</summary>
    public IEnumerable<string> Warnings(RecordInputs inputs)
    {
        if (Online.Store is null)
            yield return _fault ?? "the model has aggregates, and there is no feature store: set features.store, or begin one with plumbline features load";
        if (inputs.StoreFault is { } fault)
            yield return fault;
        if (inputs.UnreadableTimes > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"{inputs.UnreadableTimes:n0} times cannot be read; the aggregates of these rows are as of now");
    }

    public ValueTask DisposeAsync() => Online.Store?.DisposeAsync() ?? ValueTask.CompletedTask;
}
