using System.Text;
using Microsoft.ML.OnnxRuntime;
using Plumbline.Datasets;

namespace Plumbline.Bundles.Onnx;

/// <summary>Runs a graph in ONNX Runtime, whose native library is loaded here and nowhere else, and compares its answers with the bundle's.</summary>
public static class OnnxCheck
{
    /// <summary>Records compared.</summary>
    public const int Rows = 1000;

    private const int MostRowsAtOnce = 32;

    /// <summary>A graph holds a string for every character of the longest text, in every text that it is given at once.</summary>
    private const int MostCharactersAtOnce = 1 << 18;

    /// <param name="model">What <see cref="OnnxExporter.Export"/> gave.</param>
    /// <param name="records">With the contract's inputs, in its order, of which the first <see cref="Rows"/> are taken; null is made-up ones.</param>
    /// <exception cref="BundleException">ONNX Runtime cannot be loaded, or cannot run the graph, or there are no records.</exception>
    public static OnnxAgreement Run(Bundle bundle, byte[] model, IEnumerable<RecordBatch>? records = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        try
        {
            // One thread: idle ones would spin beside whatever else runs here.
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using var session = new InferenceSession(model, options);
            var comparison = new OnnxComparison(bundle);
            foreach (var (batch, first, count) in Parts(records ?? [MadeUpRecords.Create(bundle, Rows)]))
            {
                cancellation.ThrowIfCancellationRequested();
                Answer(session, bundle, batch, first, count, comparison);
            }
            return comparison.Result.Rows > 0 ? comparison.Result : throw new BundleException("There are no records to check the graph on.");
        }
        catch (OnnxRuntimeException exception)
        {
            throw new BundleException($"ONNX Runtime cannot run the graph of {bundle.Directory}: {exception.Message.Split('\n')[0]}", exception);
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            throw new BundleException(
                $"The graph cannot be checked, because the native library of ONNX Runtime does not load here ({(exception.InnerException ?? exception).Message.Split('\n')[0]}). It needs glibc and libstdc++ 6: export on a machine that has them.",
                exception);
        }
    }

    /// <summary>Consecutive records, so many at once as memory allows.</summary>
    private static IEnumerable<(RecordBatch Batch, int First, int Count)> Parts(IEnumerable<RecordBatch> batches)
    {
        var left = Rows;
        foreach (var batch in batches)
        {
            for (int first = 0, count; first < batch.Count && left > 0; first += count, left -= count)
            {
                var longest = batch.Text(first).Length;
                for (count = 1; count < Math.Min(left, MostRowsAtOnce) && first + count < batch.Count; count++)
                {
                    longest = Math.Max(longest, batch.Text(first + count).Length);
                    if ((long)longest * (count + 1) > MostCharactersAtOnce)
                        break;
                }
                yield return (batch, first, count);
            }
            if (left == 0)
                yield break;
        }
    }

    private static void Answer(InferenceSession session, Bundle bundle, RecordBatch batch, int first, int count, OnnxComparison comparison)
    {
        var contract = bundle.Manifest.Contract;
        var inputs = new Dictionary<string, OrtValue> { [FeatureGraph.Text] = Strings(count, 1, (record, _) => batch.Text(first + record)) };
        var columns = contract.Options.Numeric.BesideText;
        if (columns > 0)
        {
            var values = new float[count * columns];
            for (var record = 0; record < count; record++)
                batch.Inputs(first + record).CopyTo(values.AsSpan(record * columns));
            inputs.Add(FeatureGraph.Inputs, OrtValue.CreateTensorValueFromMemory(values, [count, columns]));
        }
        if (contract.Categorical.Count > 0)
            inputs.Add(FeatureGraph.Categories, Strings(count, contract.Categorical.Count, (record, column) => batch.Category(first + record, column)));
        try
        {
            using var run = new RunOptions();
            using var results = session.Run(run, inputs, [OnnxExporter.Label, OnnxExporter.Probabilities]);
            var labels = results[0].GetStringTensorAsArray();
            var probabilities = results[1].GetTensorDataAsSpan<float>();
            for (var record = 0; record < count; record++)
                comparison.Add(batch, first + record, labels[record], probabilities.Slice(record * bundle.Classifier.Classes, bundle.Classifier.Classes));
        }
        finally
        {
            foreach (var input in inputs.Values)
                input.Dispose();
        }
    }

    private delegate ReadOnlySpan<byte> Value(int record, int column);

    private static OrtValue Strings(int records, int columns, Value value)
    {
        var tensor = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [records, columns]);
        for (var i = 0; i < records * columns; i++)
        {
            // Malformed UTF-8 as U+FFFD: a graph takes only what is well-formed.
            tensor.StringTensorSetElementAt(Encoding.UTF8.GetString(value(i / columns, i % columns)), i);
        }
        return tensor;
    }
}
