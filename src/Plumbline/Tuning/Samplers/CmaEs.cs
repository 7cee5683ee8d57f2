using Plumbline.Statistics;

namespace Plumbline.Tuning.Samplers;

/// <summary>
/// One search of the (μ/μ_w, λ)-CMA-ES with rank-one and rank-μ updates and negative weights (Hansen, "The CMA Evolution Strategy: A Tutorial", 2016; its symbols), in [0, 1]^d.
/// Draws outside are drawn again, a hundred times at most, then moved to the border. Not thread-safe.
/// </summary>
internal sealed class CmaEs
{
    private const int MostDraws = 100;
    private const double LeastEigenvalue = 1e-20;

    private readonly int _d;
    private readonly double[] _steps;
    private readonly double[] _w;
    private readonly double _muEff, _cSigma, _dSigma, _cC, _c1, _cMu, _expectedNorm;
    private readonly double[] _m, _pSigma, _pC;
    private readonly double _sigma0;
    private readonly Queue<double> _spreads = [];
    private double[,] _c, _b;
    private double[] _scales;
    private double _sigma;
    private int _generation;

    /// <param name="mean">Of the first generation, in [0, 1]^d.</param>
    /// <param name="sigma">Its standard deviation in each dimension.</param>
    /// <param name="population">λ, at least 4.</param>
    /// <param name="steps">Distance of neighbours in each dimension; 0 for a continuum.</param>
    public CmaEs(double[] mean, double sigma, int population, double[] steps)
    {
        (_m, _sigma, _sigma0, Population, _steps, _d) = (mean, sigma, sigma, population, steps, mean.Length);
        double n = _d;
        var raw = new double[population];
        for (var i = 0; i < population; i++)
            raw[i] = Math.Log((population + 1) / 2.0) - Math.Log(i + 1);
        var mu = population / 2;
        _muEff = EffectiveCount(raw.AsSpan(0, mu));
        _c1 = 2 / (((n + 1.3) * (n + 1.3)) + _muEff);
        _cMu = Math.Min(1 - _c1, 2 * (0.25 + _muEff + (1 / _muEff) - 2) / (((n + 2) * (n + 2)) + _muEff));
        _cC = (4 + (_muEff / n)) / (n + 4 + (2 * _muEff / n));
        _cSigma = (_muEff + 2) / (n + _muEff + 5);
        _dSigma = 1 + (2 * Math.Max(0, Math.Sqrt((_muEff - 1) / (n + 1)) - 1)) + _cSigma;
        _expectedNorm = Math.Sqrt(n) * (1 - (1 / (4 * n)) + (1 / (21 * n * n)));
        _w = Weights(raw, mu);
        (_pSigma, _pC, _c, _b, _scales) = (new double[_d], new double[_d], new double[_d, _d], new double[_d, _d], new double[_d]);
        for (var i = 0; i < _d; i++)
            _c[i, i] = _b[i, i] = _scales[i] = 1;
    }

    public int Population { get; }

    /// <summary>Whether nothing is to be expected of further generations: the spread of losses, the step or the shape has degenerated (Hansen 2016, B.3).</summary>
    public bool IsOver { get; private set; }

    public static int DefaultPopulation(int dimensions) => 4 + (int)(3 * Math.Log(dimensions));

    public double[] Draw(RandomSource random)
    {
        var x = new double[_d];
        for (var attempt = 0; attempt < MostDraws; attempt++)
        {
            var z = new double[_d];
            for (var i = 0; i < _d; i++)
                z[i] = _scales[i] * random.NextGaussian();
            for (var i = 0; i < _d; i++)
                x[i] = _m[i] + (Deviation(i) * Row(_b, i, z));
            if (Array.TrueForAll(x, static value => value is >= 0 and <= 1))
                return x;
        }
        for (var i = 0; i < _d; i++)
            x[i] = Math.Clamp(x[i], 0, 1);
        return x;
    }

    /// <param name="places">One generation, the best first; some may come from elsewhere than <see cref="Draw"/>.</param>
    /// <param name="spread">Of its losses.</param>
    public void Update(double[][] places, double spread)
    {
        _generation++;
        var y = Array.ConvertAll(places, Step);
        var step = new double[_d];
        for (var i = 0; i < _d; i++)
        {
            for (var k = 0; k < Population / 2; k++)
                step[i] += _w[k] * y[k][i];
            _m[i] = Math.Clamp(_m[i] + (Deviation(i) * step[i]), 0, 1);
        }
        var (norm, isSteady) = FollowPaths(step);
        Adapt(y, isSteady);
        _sigma = Math.Min(_sigma * Math.Exp(_cSigma / _dSigma * ((norm / _expectedNorm) - 1)), 1e4 * _sigma0);
        IsOver = IsDegenerate(spread);
    }

    /// <summary>y of a place, cut off at the length √d + 2d/(d + 2), which only places from elsewhere exceed often (Hansen 2011).</summary>
    private double[] Step(double[] place)
    {
        var y = new double[_d];
        for (var i = 0; i < _d; i++)
            y[i] = (place[i] - _m[i]) / Deviation(i);
        var excess = Norm(Whitened(y)) / (Math.Sqrt(_d) + (2.0 * _d / (_d + 2)));
        for (var i = 0; i < _d && excess > 1; i++)
            y[i] /= excess;
        return y;
    }

    /// <returns>The length of p_σ, and h_σ: false while it is so long that C is not to follow.</returns>
    private (double Norm, bool IsSteady) FollowPaths(double[] step)
    {
        var white = Whitened(step);
        for (var i = 0; i < _d; i++)
            _pSigma[i] = ((1 - _cSigma) * _pSigma[i]) + (Math.Sqrt(_cSigma * (2 - _cSigma) * _muEff) * white[i]);
        var norm = Norm(_pSigma);
        var isSteady = norm / Math.Sqrt(1 - Math.Pow(1 - _cSigma, 2 * _generation)) < (1.4 + (2.0 / (_d + 1))) * _expectedNorm;
        for (var i = 0; i < _d; i++)
            _pC[i] = ((1 - _cC) * _pC[i]) + (isSteady ? Math.Sqrt(_cC * (2 - _cC) * _muEff) * step[i] : 0);
        return (norm, isSteady);
    }

    /// <summary>On a grid the step does not fall below a fifth of the distance of neighbours, or all draws would be one point (after Hamano et al. 2022).</summary>
    private double Deviation(int i) => Math.Max(_sigma, 0.2 * _steps[i] / Math.Sqrt(_c[i, i]));

    private void Adapt(double[][] y, bool isSteady)
    {
        var weights = new double[Population];
        double sum = 0;
        for (var k = 0; k < Population; k++)
        {
            sum += _w[k];
            weights[k] = _w[k] >= 0 ? _w[k] : _w[k] * _d / (Math.Pow(Norm(Whitened(y[k])), 2) + 1e-30);
        }
        var keep = 1 - _c1 - (_cMu * sum) + (isSteady ? 0 : _c1 * _cC * (2 - _cC));
        for (var i = 0; i < _d; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                double rankMu = 0;
                for (var k = 0; k < Population; k++)
                    rankMu += weights[k] * y[k][i] * y[k][j];
                _c[i, j] = _c[j, i] = (keep * _c[i, j]) + (_c1 * _pC[i] * _pC[j]) + (_cMu * rankMu);
            }
        }
        (_scales, _b) = SymmetricEigen.Decompose(_c);
        for (var i = 0; i < _d; i++)
            _scales[i] = Math.Sqrt(Math.Max(_scales[i], LeastEigenvalue));
    }

    /// <summary>C^(−1/2)·y.</summary>
    private double[] Whitened(double[] y)
    {
        var along = new double[_d];
        for (var i = 0; i < _d; i++)
        {
            for (var k = 0; k < _d; k++)
                along[i] += _b[k, i] * y[k];
            along[i] /= _scales[i];
        }
        var white = new double[_d];
        for (var i = 0; i < _d; i++)
            white[i] = Row(_b, i, along);
        return white;
    }

    private bool IsDegenerate(double spread)
    {
        _spreads.Enqueue(spread);
        if (_spreads.Count > 10 + (30 * _d / Population))
            _spreads.Dequeue();
        else if (_spreads.Count < 10 + (30 * _d / Population))
            return false;
        var (least, most) = (_scales.Min(), _scales.Max());
        var isNarrow = Enumerable.Range(0, _d).All(i => Deviation(i) * Math.Sqrt(_c[i, i]) < 1e-12 * _sigma0);
        return _spreads.Max() < 1e-12 || isNarrow || most > 1e7 * least;
    }

    private double[] Weights(double[] raw, int mu)
    {
        var weights = (double[])raw.Clone();
        var (positive, negative) = (raw.Where(w => w > 0).Sum(), -raw.Where(w => w < 0).Sum());
        var most = Math.Min(
            1 + (_c1 / _cMu),
            Math.Min(1 + (2 * EffectiveCount(raw.AsSpan(mu)) / (_muEff + 2)), (1 - _c1 - _cMu) / (_d * _cMu)));
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= weights[i] >= 0 ? 1 / positive : most / negative;
        return weights;
    }

    /// <summary>(Σw)² ÷ Σw².</summary>
    private static double EffectiveCount(ReadOnlySpan<double> weights)
    {
        double sum = 0, squares = 0;
        foreach (var weight in weights)
        {
            sum += weight;
            squares += weight * weight;
        }
        return sum * sum / squares;
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));

    private static double Row(double[,] matrix, int row, double[] vector)
    {
        double sum = 0;
        for (var k = 0; k < vector.Length; k++)
            sum += matrix[row, k] * vector[k];
        return sum;
    }
}
