using Plumbline.Features;
using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>Makes the library's binned rows from a matrix, block by block, so that entries in a file stay there.</summary>
internal static class TreeDataset
{
    /// <summary>Rows, evenly spread, that bins are chosen by.</summary>
    public const int MostSampled = 50_000;

    public static LightGbmDataset Of(FeatureMatrix matrix, TreeInputs inputs, string parameters, CancellationToken cancellation)
    {
        var dataset = Bins(matrix, inputs, parameters, cancellation);
        try
        {
            var (firstRow, indices, values) = (0, Array.Empty<int>(), Array.Empty<float>());
            foreach (var block in matrix.Blocks)
            {
                cancellation.ThrowIfCancellationRequested();
                var most = block.Ends.Length == 0 ? 0 : block.Ends[^1] + (block.Rows * inputs.Rank);
                if (indices.Length < most)
                    (indices, values) = (new int[most], new float[most]);
                var at = 0;
                var ends = new int[block.Rows + 1];
                for (var row = 0; row < block.Rows; row++)
                    ends[row + 1] = at += inputs.Entries(Row(block, row), indices.AsSpan(at), values.AsSpan(at));
                dataset.Push(ends, indices, values, inputs.Count, firstRow);
                firstRow += block.Rows;
            }
            dataset.SetLabels([.. matrix.Labels().Select(label => (float)label)]);
            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    public static FeatureRow Row(FeatureBlock block, int row)
    {
        var entries = block.Start(row)..block.Ends[row];
        return new FeatureRow(block.Indices.AsSpan(entries), block.Values.AsSpan(entries));
    }

    private static LightGbmDataset Bins(FeatureMatrix matrix, TreeInputs inputs, string parameters, CancellationToken cancellation)
    {
        var every = ((matrix.Rows - 1) / MostSampled) + 1;
        var sampled = ((matrix.Rows - 1) / every) + 1;
        var entries = new List<(int Input, int Row, float Value)>();
        var (indices, values) = (Array.Empty<int>(), Array.Empty<float>());
        var first = 0;
        foreach (var block in matrix.Blocks)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var row = (every - (first % every)) % every; row < block.Rows; row += every)
            {
                var entriesOfRow = Row(block, row);
                var most = inputs.MostEntries(entriesOfRow.Indices.Length);
                if (indices.Length < most)
                    (indices, values) = (new int[2 * most], new float[2 * most]);
                var count = inputs.Entries(entriesOfRow, indices, values);
                for (var i = 0; i < count; i++)
                {
                    if (values[i] != 0)
                        entries.Add((indices[i], (first + row) / every, values[i]));
                }
            }
            first += block.Rows;
        }
        return Create(entries, inputs.Count, sampled, matrix.Rows, parameters);
    }

    /// <summary>By column; rows of a column stay in order.</summary>
    private static LightGbmDataset Create(List<(int Input, int Row, float Value)> entries, int inputs, int sampled, int rows, string parameters)
    {
        var starts = new int[inputs + 1];
        foreach (var (input, _, _) in entries)
            starts[input + 1]++;
        for (var input = 0; input < inputs; input++)
            starts[input + 1] += starts[input];
        var next = starts.ToArray();
        var sampleRows = new int[entries.Count];
        var sampleValues = new double[entries.Count];
        foreach (var (input, row, value) in entries)
            (sampleRows[next[input]], sampleValues[next[input]++]) = (row, value);
        return LightGbmDataset.Create(starts, sampleRows, sampleValues, sampled, rows, parameters);
    }
}
