using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Learning.Explanations;

namespace Plumbline.Inference.Batch;

/// <summary>Answers batches of rows. Thread-safe.</summary>
internal sealed class BatchAnswerer(IPredictor predictor, BatchOptions options, RecordInputs inputs, InputColumns columns)
{
    /// <summary>Rows of a batch.</summary>
    public const int BatchRows = 2048;

    private readonly GraphAnswers? _graph = predictor.Manifest is null ? new GraphAnswers(predictor) : null;
    private readonly TextAnswers? _text = options.Format == AnswerFormat.Parquet ? null : new TextAnswers(predictor, options, columns.Kept);

    public byte[] Header => _text?.Header() ?? [];

    public AnsweredBatch Answer(InputBatch batch, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (batch.Fields is null)
            return new AnsweredBatch(batch, [], [], [], default);
        var faults = new List<RowFault>(batch.Faults);
        var records = Records(batch, faults);
        var chosen = new int[batch.Count];
        Array.Fill(chosen, -1);
        var probabilities = new float[batch.Count * predictor.Labels.Count];
        var explanations = options.Explain > 0 ? new Explanation?[batch.Count] : null;
        if (_graph is null)
            Answer(records, chosen, probabilities, explanations, stop);
        else
            _graph.Answer(records, chosen, probabilities, faults, stop);
        if (faults.Count > batch.Faults.Count)
            faults.Sort((a, b) => a.Record.CompareTo(b.Record));
        var answered = new AnsweredBatch(batch, chosen, probabilities, faults, default);
        return _text is null ? answered : answered with { Text = _text.Format(answered, explanations) };
    }

    private void Answer(RecordBatch records, int[] chosen, float[] probabilities, Explanation?[]? explanations, CancellationToken stop)
    {
        var labels = predictor.Labels.Count;
        var values = inputs.Read(records, stop);
        Span<int> categories = new int[inputs.Categories];
        for (var i = 0; i < records.Count; i++)
        {
            inputs.ReadCategories(records, i, categories);
            var row = (int)records.Row(i);
            var numeric = values.AsSpan(i * inputs.Width, inputs.Width);
            chosen[row] = predictor.Predict(records.Text(i), numeric, probabilities.AsSpan(row * labels, labels), default, categories);
            if (explanations is not null)
                explanations[row] = predictor.Explain(records.Text(i), numeric, options.Explain, categories);
        }
    }

    /// <summary>The rows that can be answered, by their place in the batch.</summary>
    private RecordBatch Records(InputBatch batch, List<RowFault> faults)
    {
        var builder = new BatchBuilder(Math.Max(1, batch.Count), columns.Inputs.Length, columns.Mapping.Categorical.Count, columns.HasEntities);
        var text = columns.Mapping.Text;
        var next = 0;
        for (var row = 0; row < batch.Count; row++)
        {
            if (next < batch.Faults.Count && batch.Faults[next].Record == row)
            {
                next++;
                continue;
            }
            var length = LengthOf(batch.Fields!.Field(text.Index, row));
            if (length > options.TextLength)
            {
                faults.Add(new RowFault(row, text.Name, RowFaultReason.TextTooLong, string.Create(CultureInfo.InvariantCulture, $"it has {length} characters; at most {options.TextLength} are answered")));
                continue;
            }
            Source.Add(builder, batch.Fields, row, row, columns.Mapping, columns.Inputs);
        }
        return builder.Build();
    }

    /// <summary>In Unicode code points, counted only where there may be too many.</summary>
    private int LengthOf(ReadOnlySpan<byte> text)
    {
        if (text.Length <= options.TextLength)
            return 0;
        var length = 0;
        foreach (var b in text)
            length += (b & 0xC0) == 0x80 ? 0 : 1;
        return length;
    }
}
