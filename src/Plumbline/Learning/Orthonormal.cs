using System.Numerics;
using System.Runtime.InteropServices;

namespace Plumbline.Learning;

/// <summary>Dense products over tall matrices of floats, row-major, whose rows are <c>width</c> wide; sums are held in doubles.</summary>
internal static class Orthonormal
{
    /// <summary>A pivot below this share of the largest is rounding: its column depends on those before.</summary>
    private const double Negligible = 1e-13;

    /// <summary>Makes the columns orthonormal, those that depend on columns before them 0, by Cholesky's factor of their Gram matrix.</summary>
    public static void Columns(float[] matrix, int width)
    {
        var factor = Gram(matrix, matrix, width);
        Cholesky(factor, width);
        var row = new double[width];
        for (var start = 0; start < matrix.Length; start += width)
        {
            var values = matrix.AsSpan(start, width);
            for (var i = 0; i < width; i++)
                row[i] = values[i];
            // q R = z, from the first column on.
            for (var i = 0; i < width; i++)
            {
                var pivot = factor[(i * width) + i];
                row[i] = pivot == 0 ? 0 : row[i] / pivot;
                Subtract(factor.AsSpan((i * width) + i + 1, width - i - 1), row[i], row.AsSpan(i + 1));
            }
            for (var i = 0; i < width; i++)
                values[i] = (float)row[i];
        }
    }

    /// <summary>The upper triangle, mirrored, of Leftᵀ Right, which is symmetric.</summary>
    public static double[] Gram(float[] left, float[] right, int width)
    {
        var gram = new double[width * width];
        var row = new double[width];
        for (var start = 0; start < left.Length; start += width)
        {
            for (var j = 0; j < width; j++)
                row[j] = right[start + j];
            for (var i = 0; i < width; i++)
                Subtract(row.AsSpan(i), -left[start + i], gram.AsSpan((i * width) + i, width - i));
        }
        for (var i = 0; i < width; i++)
        {
            for (var j = i + 1; j < width; j++)
                gram[(j * width) + i] = gram[(i * width) + j];
        }
        return gram;
    }

    /// <summary>The matrix times a square one.</summary>
    public static float[] Product(float[] matrix, double[] square, int width)
    {
        var product = new float[matrix.Length];
        var sums = new double[width];
        for (var start = 0; start < matrix.Length; start += width)
        {
            Array.Clear(sums);
            for (var i = 0; i < width; i++)
                Subtract(square.AsSpan(i * width, width), -matrix[start + i], sums);
            for (var i = 0; i < width; i++)
                product[start + i] = (float)sums[i];
        }
        return product;
    }

    /// <summary>A = RᵀR, in place, R in the upper triangle.</summary>
    private static void Cholesky(double[] matrix, int width)
    {
        var largest = 0.0;
        for (var i = 0; i < width; i++)
            largest = Math.Max(largest, matrix[(i * width) + i]);
        for (var i = 0; i < width; i++)
        {
            var row = matrix.AsSpan(i * width, width);
            if (row[i] <= Negligible * largest)
            {
                row[i..].Clear();
                continue;
            }
            var pivot = Math.Sqrt(row[i]);
            for (var j = i; j < width; j++)
                row[j] /= pivot;
            for (var j = i + 1; j < width; j++)
                Subtract(row[j..], row[j], matrix.AsSpan((j * width) + j, width - j));
        }
    }

    private static void Subtract(ReadOnlySpan<double> from, double factor, Span<double> to)
    {
        var sources = MemoryMarshal.Cast<double, Vector<double>>(from);
        var targets = MemoryMarshal.Cast<double, Vector<double>>(to);
        var factors = new Vector<double>(factor);
        for (var lane = 0; lane < targets.Length; lane++)
            targets[lane] -= factors * sources[lane];
        for (var i = targets.Length * Vector<double>.Count; i < to.Length; i++)
            to[i] -= factor * from[i];
    }
}
