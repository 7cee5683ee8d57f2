using System.Data.Common;
using System.Globalization;
using System.Text;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Inference.Logging;

namespace Plumbline.Monitoring;

/// <summary>
/// Makes a sketch of any slice of the prediction log, after the fact: of what the log has, which is inputs, labels and confidences, and lengths and words where it keeps texts. The data engine counts, so that rows stay where they are.
/// </summary>
internal sealed class DriftSlice : IDisposable
{
    private const int MemoryMegabytes = 1024;
    private const int Octave = 64;

    private readonly DriftSketch _sketch;
    private readonly Dictionary<string, int> _numeric;
    private readonly Dictionary<string, int> _categorical;
    private readonly DuckSession _session = new(Environment.ProcessorCount, MemoryMegabytes);

    private DriftSlice(DriftSchema schema)
    {
        _sketch = new DriftSketch(schema);
        _numeric = schema.Numeric.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        _categorical = schema.Categorical.Index().ToDictionary(pair => pair.Item.Name, pair => pair.Index, StringComparer.Ordinal);
    }

    /// <param name="predictor">Computes again what features texts have that are kept; null: nobody does, and nothing is said of texts.</param>
    /// <exception cref="DatasetException">A file of the log cannot be read.</exception>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public static DriftSketch Read(LoggedSlice logged, DriftSchema schema, IPredictor? predictor = null, CancellationToken stop = default)
    {
        using var slice = new DriftSlice(schema);
        foreach (var prediction in logged.Open())
        {
            stop.ThrowIfCancellationRequested();
            slice.Add(prediction);
        }
        if (logged.Archives.Length > 0)
            slice.Add(logged, stop);
        if (predictor is not null)
            slice.AddTexts(logged.Sample(RequestSample.Most, withText: true, stop), new LoggedFeatures(schema, predictor));
        return slice._sketch;
    }

    public void Dispose() => _session.Dispose();

    private void Add(LoggedPrediction prediction)
    {
        _sketch.SetRequests(_sketch.Requests + 1);
        foreach (var (name, value) in prediction.Numeric)
            AddNumber(name, value, 1);
        foreach (var (name, value) in prediction.Categorical)
            AddCategory(name, value, 1);
        AddAnswer(prediction.Label, (int)(prediction.Confidence * DriftSketch.ConfidenceBins), 1);
        _sketch.Uncertainty.Add(1 - prediction.Confidence);
        if (prediction.Text is { } text)
            _sketch.Length.Add(text.EnumerateRunes().Count());
    }

    private void Add(LoggedSlice logged, CancellationToken stop)
    {
        _session.Execute($"CREATE VIEW rows AS {logged.Select("*")}", stop);
        Count(
            $"SELECT label, CAST(floor(c * {DriftSketch.ConfidenceBins}) AS INTEGER), {Bucket("1 - c")}, count(*) FROM (SELECT label, probabilities[list_position(labels, label)] AS c FROM rows) GROUP BY ALL",
            row =>
            {
                _sketch.SetRequests(_sketch.Requests + row.GetInt64(3));
                AddAnswer(row.GetString(0), row.GetInt32(1), row.GetInt64(3));
                _sketch.Uncertainty.Add(row.GetFloat(2), row.GetInt64(3));
            },
            stop);
        Count($"SELECT {Bucket("length(text)")}, count(*) FROM rows WHERE text IS NOT NULL GROUP BY ALL", row => _sketch.Length.Add(row.GetFloat(0), row.GetInt64(1)), stop);
        if (_numeric.Count > 0)
            Count($"SELECT n, {Bucket("v")}, count(*) FROM (SELECT unnest(map_keys(numeric)) AS n, unnest(map_values(numeric)) AS v FROM rows) GROUP BY ALL", row => AddNumber(row.GetString(0), row.IsDBNull(1) ? null : row.GetFloat(1), row.GetInt64(2)), stop);
        if (_categorical.Count > 0)
            Count("SELECT n, v, count(*) FROM (SELECT unnest(map_keys(categorical)) AS n, unnest(map_values(categorical)) AS v FROM rows) GROUP BY ALL", row => AddCategory(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt64(2)), stop);
    }

    /// <summary>Words, languages and features of a sample of the texts that are kept.</summary>
    private void AddTexts(LoggedSample sample, LoggedFeatures features)
    {
        foreach (var (key, prediction) in sample.Found)
        {
            var values = features.Of(prediction);
            var numeric = Array.ConvertAll(values.Numeric, value => value ?? float.NaN);
            var categories = new int[values.Categories.Length];
            for (var feature = 0; feature < categories.Length; feature++)
                categories[feature] = CategoryOf(values.Categories[feature], _sketch.Categorical[feature].Length);
            _sketch.AddSampled(new DriftObservation
            {
                Key = key,
                Text = Encoding.UTF8.GetBytes(prediction.Text!),
                Numeric = numeric,
                Categories = categories,
                Probabilities = default,
                Label = values.Label,
            });
        }
    }

    private static int CategoryOf(int cell, int cells) => cell < 0 || cell == cells - 1 ? Category.Missing : cell == cells - 2 ? Category.Unknown : cell;

    /// <summary>The middle of the bucket of a number: of so many in an octave, as a sketch has them.</summary>
    private static string Bucket(string number) => string.Create(
        CultureInfo.InvariantCulture,
        $"CAST(CASE WHEN abs({number}) < 1.2e-38 THEN 0 ELSE sign({number}) * pow(2, floor(log2(abs({number})))) * (1 + (floor((abs({number}) / pow(2, floor(log2(abs({number})))) - 1) * {Octave}) + 0.5) / {Octave}) END AS FLOAT)");

    private void Count(string query, Action<DbDataReader> add, CancellationToken stop)
    {
        using var command = _session.Connection.CreateCommand();
        command.CommandText = query;
        using var registration = stop.Register(_session.Connection.NativeConnection.Interrupt);
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
                add(reader);
        }
        catch (DuckDB.NET.Data.DuckDBException exception)
        {
            stop.ThrowIfCancellationRequested();
            throw new DatasetException($"The prediction log cannot be read: {exception.Message.Split('\n', 2)[0]}", exception);
        }
    }

    private void AddNumber(string name, float? value, long count)
    {
        if (_numeric.TryGetValue(name, out var feature))
            _sketch.Numeric[feature].Add(value ?? float.NaN, count);
    }

    private void AddCategory(string name, string? value, long count)
    {
        if (!_categorical.TryGetValue(name, out var feature))
            return;
        _sketch.Categorical[feature][LoggedFeatures.CellOf(_sketch.Schema.Categorical[feature], value)] += count;
    }

    private void AddAnswer(string label, int bin, long count)
    {
        for (var i = 0; i < _sketch.Schema.Labels.Count; i++)
        {
            if (_sketch.Schema.Labels[i] == label)
                _sketch.Predicted[i] += count;
        }
        _sketch.Confidence[Math.Clamp(bin, 0, DriftSketch.ConfidenceBins - 1)] += count;
    }
}
