namespace Plumbline.Learning;

/// <summary>Eigenvectors of small symmetric matrices by Jacobi's rotations (Golub &amp; Van Loan 2013, 8.5), which are exact to rounding and need no care.</summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 30;

    /// <param name="matrix">Size × size; overwritten.</param>
    /// <returns>Unit eigenvectors, one a row, that of the largest eigenvalue first.</returns>
    public static double[] Vectors(double[] matrix, int size)
    {
        var vectors = new double[size * size];
        for (var i = 0; i < size; i++)
            vectors[(i * size) + i] = 1;
        for (var sweep = 0; sweep < MostSweeps && OffDiagonal(matrix, size) > 1e-24 * Diagonal(matrix, size); sweep++)
        {
            for (var p = 0; p < size - 1; p++)
            {
                for (var q = p + 1; q < size; q++)
                    Rotate(matrix, vectors, size, p, q);
            }
        }
        var order = Enumerable.Range(0, size).OrderByDescending(i => matrix[(i * size) + i]).ToArray();
        var sorted = new double[vectors.Length];
        for (var i = 0; i < size; i++)
            vectors.AsSpan(order[i] * size, size).CopyTo(sorted.AsSpan(i * size));
        return sorted;
    }

    private static void Rotate(double[] matrix, double[] vectors, int size, int p, int q)
    {
        var off = matrix[(p * size) + q];
        if (off == 0)
            return;
        var theta = (matrix[(q * size) + q] - matrix[(p * size) + p]) / (2 * off);
        var tangent = Math.Sign(theta) is var sign && sign == 0 ? 1 : sign / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var cosine = 1 / Math.Sqrt((tangent * tangent) + 1);
        var sine = tangent * cosine;
        var rowP = matrix.AsSpan(p * size, size);
        var rowQ = matrix.AsSpan(q * size, size);
        RotateRows(rowP, rowQ, cosine, sine);
        for (var k = 0; k < size; k++)
        {
            var (a, b) = (matrix[(k * size) + p], matrix[(k * size) + q]);
            (matrix[(k * size) + p], matrix[(k * size) + q]) = ((cosine * a) - (sine * b), (sine * a) + (cosine * b));
        }
        (rowP[q], rowQ[p]) = (0, 0);
        RotateRows(vectors.AsSpan(p * size, size), vectors.AsSpan(q * size, size), cosine, sine);
    }

    private static void RotateRows(Span<double> first, Span<double> second, double cosine, double sine)
    {
        for (var k = 0; k < first.Length; k++)
            (first[k], second[k]) = ((cosine * first[k]) - (sine * second[k]), (sine * first[k]) + (cosine * second[k]));
    }

    private static double OffDiagonal(double[] matrix, int size)
    {
        double sum = 0;
        for (var i = 0; i < size; i++)
        {
            for (var j = i + 1; j < size; j++)
                sum += matrix[(i * size) + j] * matrix[(i * size) + j];
        }
        return sum;
    }

    private static double Diagonal(double[] matrix, int size)
    {
        double sum = 0;
        for (var i = 0; i < size; i++)
            sum += matrix[(i * size) + i] * matrix[(i * size) + i];
        return sum;
    }
}
