namespace Plumbline.Tuning.Samplers;

/// <summary>Eigenvalues and vectors of a symmetric matrix by Jacobi's rotations, row by row (Golub &amp; Van Loan 2013, 8.5).</summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 50;

    /// <returns>Values in no order; the vector of value i is column i.</returns>
    public static (double[] Values, double[,] Vectors) Decompose(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var a = (double[,])matrix.Clone();
        var vectors = new double[n, n];
        for (var i = 0; i < n; i++)
            vectors[i, i] = 1;
        for (var sweep = 0; sweep < MostSweeps && OffDiagonal(a) > 1e-30 * Diagonal(a); sweep++)
        {
            for (var p = 0; p < n - 1; p++)
            {
                for (var q = p + 1; q < n; q++)
                {
                    if (a[p, q] != 0)
                        Rotate(a, vectors, p, q);
                }
            }
        }
        var values = new double[n];
        for (var i = 0; i < n; i++)
            values[i] = a[i, i];
        return (values, vectors);
    }

    /// <summary>Makes a[p, q] zero.</summary>
    private static void Rotate(double[,] a, double[,] vectors, int p, int q)
    {
        var n = a.GetLength(0);
        var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        var tangent = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var cosine = 1 / Math.Sqrt((tangent * tangent) + 1);
        var sine = tangent * cosine;
        for (var k = 0; k < n; k++)
            (a[k, p], a[k, q]) = ((cosine * a[k, p]) - (sine * a[k, q]), (sine * a[k, p]) + (cosine * a[k, q]));
        for (var k = 0; k < n; k++)
            (a[p, k], a[q, k]) = ((cosine * a[p, k]) - (sine * a[q, k]), (sine * a[p, k]) + (cosine * a[q, k]));
        for (var k = 0; k < n; k++)
            (vectors[k, p], vectors[k, q]) = ((cosine * vectors[k, p]) - (sine * vectors[k, q]), (sine * vectors[k, p]) + (cosine * vectors[k, q]));
        a[p, q] = a[q, p] = 0;
    }

    private static double OffDiagonal(double[,] a)
    {
        double sum = 0;
        for (var i = 0; i < a.GetLength(0); i++)
        {
            for (var j = 0; j < i; j++)
                sum += 2 * a[i, j] * a[i, j];
        }
        return sum;
    }

    private static double Diagonal(double[,] a)
    {
        double sum = 0;
        for (var i = 0; i < a.GetLength(0); i++)
            sum += a[i, i] * a[i, i];
        return sum;
    }
}
