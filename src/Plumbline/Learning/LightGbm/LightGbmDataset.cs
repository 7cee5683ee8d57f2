using System.Runtime.InteropServices;

namespace Plumbline.Learning.LightGbm;

/// <summary>Binned rows in the library's memory. Filled by one thread; boosters over it only read.</summary>
internal sealed unsafe class LightGbmDataset : SafeHandle
{
    /// <summary>C_API_DTYPE_FLOAT32.</summary>
    internal const int Float32 = 0;

    /// <summary>C_API_DTYPE_INT32.</summary>
    internal const int Int32 = 2;

    public LightGbmDataset()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>An empty set whose bins fit a sample of its rows.</summary>
    /// <param name="starts">For each column where its entries begin in the two lists below, and at last their number.</param>
    /// <param name="sampleRows">Row in the sample of each entry that is not 0; ascending in a column.</param>
    /// <exception cref="LightGbmException">The library refuses.</exception>
    public static LightGbmDataset Create(int[] starts, int[] sampleRows, double[] sampleValues, int sampled, int rows, string parameters)
    {
        var columns = starts.Length - 1;
        var counts = new int[columns];
        var valuesOf = new double*[columns];
        var rowsOf = new int*[columns];
        fixed (double* value = sampleValues)
        fixed (int* row = sampleRows, count = counts)
        fixed (double** firstValue = valuesOf)
        fixed (int** firstRow = rowsOf)
        {
            for (var column = 0; column < columns; column++)
            {
                counts[column] = starts[column + 1] - starts[column];
                valuesOf[column] = value + starts[column];
                rowsOf[column] = row + starts[column];
            }
            LightGbmLibrary.Check(
                LightGbmLibrary.DatasetCreate(firstValue, firstRow, columns, count, sampled, rows, rows, parameters, out var dataset),
                $"make bins for {columns} columns of {rows} rows");
            return dataset;
        }
    }

    /// <summary>Rows from <paramref name="firstRow"/> on; after the last the set is whole.</summary>
    /// <param name="starts">For each row where its entries begin, and at last their number.</param>
    public void Push(ReadOnlySpan<int> starts, ReadOnlySpan<int> indices, ReadOnlySpan<float> values, int columns, int firstRow)
    {
        fixed (int* start = starts, index = indices)
        fixed (float* value = values)
        {
            LightGbmLibrary.Check(
                LightGbmLibrary.DatasetPush(this, start, Int32, index, value, Float32, starts.Length, starts[^1], columns, firstRow),
                $"take {starts.Length - 1} rows from row {firstRow} on");
        }
    }

    public void SetLabels(ReadOnlySpan<float> labels)
    {
        fixed (float* label = labels)
            LightGbmLibrary.Check(LightGbmLibrary.DatasetSetField(this, "label", label, labels.Length, Float32), $"take {labels.Length} labels");
    }

    protected override bool ReleaseHandle() => LightGbmLibrary.DatasetFree(handle) == 0;
}
