using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features;
using Plumbline.Features.Online;

namespace Plumbline.Inference.Batch;

/// <summary>
/// What predictions get beside the texts of a file: the values of its columns, and aggregates from the feature store by the code that serves them. Counts what
/// is less than the contract promises. Thread-safe.
/// </summary>
/// <param name="online">Null for a model without aggregates.</param>
/// <param name="now">As of which a record without time is answered.</param>
public sealed class RecordInputs(IPredictor predictor, OnlineFeatures? online, DateTimeOffset now)
{
    private readonly NumericFeature[] _features = [.. predictor.NumericFeatures.Where(feature => feature.Source != NumericFeatureSource.Text)];
    private readonly int _firstAggregate = predictor.NumericFeatures.Count(feature => feature.Source == NumericFeatureSource.Input);
    private readonly long _now = (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    private long _unreadableTimes;
    private string? _storeFault;

    public ContractTally Tally { get; } = new(predictor.Manifest?.Contract);

    /// <summary>Values of a record.</summary>
    public int Width => _features.Length;

    /// <summary>Categorical features.</summary>
    public int Categories => predictor.CategoricalFeatures.Count;

    /// <summary>Times of records that cannot be read, so that now stood for them.</summary>
    public long UnreadableTimes => Interlocked.Read(ref _unreadableTimes);

    /// <summary>Why the store did not answer, the last time that it did not; null if it always did.</summary>
    public string? StoreFault => Volatile.Read(ref _storeFault);

    /// <returns>Row-major, <see cref="Width"/> a record, in contract order without the values computed from the text; NaN where missing.</returns>
    public float[] Read(RecordBatch batch, CancellationToken cancellation)
    {
        var values = new float[batch.Count * Width];
        var aggregates = online is null ? null : Fetch(batch, online, cancellation);
        for (var record = 0; record < batch.Count; record++)
        {
            var target = values.AsSpan(record * Width, Width);
            for (var i = 0; i < _firstAggregate; i++)
            {
                var value = batch.Inputs(record)[i];
                Tally.Count(i, ContractCheck.Judge(_features[i], value));
                target[i] = float.IsFinite(value) ? value : float.NaN;
            }
            for (var i = _firstAggregate; i < Width; i++)
                target[i] = ReadAggregate(aggregates!, record, i, batch.Inputs(record)[i]);
        }
        return values;
    }

    /// <param name="categories">Receives the number of each categorical feature of a record, in contract order.</param>
    public void ReadCategories(RecordBatch batch, int record, Span<int> categories)
    {
        for (var column = 0; column < categories.Length; column++)
        {
            categories[column] = predictor.FindCategory(column, batch.Category(record, column));
            Tally.Count(Width + column, ContractCheck.Judge(categories[column]));
        }
    }

    private float ReadAggregate(AggregateBatch aggregates, int record, int feature, float sent)
    {
        var aggregate = feature - _firstAggregate;
        var outcome = aggregates.Outcome(record, online!.Feature(aggregate).Kind);
        var value = online.Settle(aggregates, record, aggregate, sent);
        Tally.Count(feature, ContractCheck.Judge(_features[feature], outcome, value));
        if (outcome == EntityOutcome.Found && !float.IsNaN(sent))
            Tally.Count(feature, ContractCheck.Compare(sent, value));
        return value;
    }

    private AggregateBatch Fetch(RecordBatch batch, OnlineFeatures from, CancellationToken cancellation)
    {
        var aggregates = new AggregateBatch();
        var entities = batch.Entities;
        for (var record = 0; record < batch.Count; record++)
        {
            if (entities is null)
                aggregates.Add([], [], _now);
            else
                aggregates.Add(entities.Id(record, EntityKind.User), entities.Id(record, EntityKind.Item), entities.Time(record) ?? _now);
        }
        Interlocked.Add(ref _unreadableTimes, entities?.UnreadableTimes ?? 0);
        if (from.FetchAsync(aggregates, cancellation).AsTask().GetAwaiter().GetResult() is { } failure)
            Volatile.Write(ref _storeFault, failure.Message);
        return aggregates;
    }
}
