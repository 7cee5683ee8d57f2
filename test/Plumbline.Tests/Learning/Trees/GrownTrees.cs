using System.Globalization;
using System.Runtime.InteropServices;
using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning.Trees;

/// <summary>Trees that LightGBM grew over random sparse rows, as it has them and as they were read. N-grams are the first columns; all are inputs.</summary>
internal sealed unsafe partial class GrownTrees : IDisposable
{
    private const int Raw = 1;
    private const int Contributions = 3;

    private readonly LightGbmThreads _threads = LightGbmThreads.Enter(1);
    private readonly LightGbmDataset _dataset;
    private readonly LightGbmBooster _booster;
    private readonly SparseProblem _problem;
    private readonly int _rounds;

    public GrownTrees(ulong seed, int rows, int columns, int classes, int rounds, string parameters)
    {
        if (LightGbmLibrary.Unavailable is { } reason)
            Assert.Skip(reason);
        _problem = SparseProblem.Generate(seed, rows, columns, classes);
        (Inputs, _rounds) = (columns - 1, rounds);
        var loss = new SoftmaxLoss(_problem.Matrix.Labels(), classes, classWeights: null);
        Outputs = loss.Outputs;
        Shape = new ModelShape("boosting", TreeScorer.Kind, Outputs, 2, Trees: new TreeShape(Inputs, 0, 0, TreeLink.Sum));
        var places = ModelSection.Of<int>(TreeSections.Places, Enumerable.Range(0, Inputs).ToArray());
        var common = $"objective=none metric=none num_class={Outputs} verbosity=-1 num_threads=1 deterministic=true force_col_wise=true use_missing=false feature_pre_filter=false";
        _dataset = TreeDataset.Of(_problem.Matrix, new TreeInputs(Shape.Trees!, Inputs, new ModelParameters(Shape, [places])), common, CancellationToken.None);
        _booster = LightGbmBooster.Create(_dataset, $"{common} {parameters}");
        Grow(loss);
        Text = _booster.Text(0, rounds).ToArray();
        Memory = new ModelParameters(Shape, [places, ModelSection.Of<float>(TreeSections.Base, new float[Outputs]), .. LightGbmText.Parse(Text).Sections()]);
        Evaluation = new TreeEvaluation(Shape, Inputs, Memory);
    }

    /// <summary>As LightGBM writes them.</summary>
    public byte[] Text { get; }

    public ModelShape Shape { get; }

    public ModelParameters Memory { get; }

    public TreeEvaluation Evaluation { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>Rows as hard as can be: zeros of both signs, values on thresholds and beside them, huge ones, and rows without any.</summary>
    public (int[] Indices, float[] Values)[] Rows(ulong seed, int count)
    {
        var random = new RandomSource(seed);
        var thresholds = Enumerable.Range(0, Evaluation.Model.Nodes).Select(node => Evaluation.Model.Node(node)).ToArray();
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                var density = random.NextInt32(5);
                var inputs = Enumerable.Range(0, Inputs).Where(_ => random.NextInt32(4) < density).ToArray();
                random.Shuffle<int>(inputs);
                return (inputs, inputs.Select(Value).ToArray());
            }),
        ];

        float Value(int input)
        {
            var asked = thresholds.Where(node => node.Input == input).Select(node => node.Threshold).DefaultIfEmpty(0).ToArray();
            var threshold = asked[random.NextInt32(asked.Length)];
            return random.NextInt32(7) switch
            {
                0 => threshold,
                1 => MathF.BitIncrement(threshold),
                2 => MathF.BitDecrement(threshold),
                3 => random.NextInt32(2) == 0 ? 0f : -0f,
                4 => random.NextInt32(2) == 0 ? 1e30f : -1e30f,
                _ => (float)random.NextGaussian(),
            };
        }
    }

    /// <summary>A row as matrices have it, the intercept's constant last.</summary>
    public FeatureRow Row((int[] Indices, float[] Values) row) => new((int[])[.. row.Indices, Inputs], (float[])[.. row.Values, 1f]);

    /// <summary>What LightGBM itself scores.</summary>
    public double[] Score((int[] Indices, float[] Values) row) => Predict(row, Raw, Outputs);

    /// <summary>LightGBM's own contributions: for each output those of the inputs, then the expected value.</summary>
    public double[] Contribute((int[] Indices, float[] Values) row) => Predict(row, Contributions, Outputs * (Inputs + 1));

    public void Dispose()
    {
        _booster.Dispose();
        _dataset.Dispose();
        _threads.Dispose();
        _problem.Matrix.Dispose();
    }

    private void Grow(SoftmaxLoss loss)
    {
        var scores = new double[loss.Rows * Outputs];
        var (gradients, hessians) = (new float[scores.Length], new float[scores.Length]);
        for (var round = 0; round < _rounds; round++)
        {
            loss.Derive(scores, gradients, hessians);
            _booster.Grow(gradients, hessians).ShouldBeTrue(round.ToString(CultureInfo.InvariantCulture));
            _booster.TrainScores(scores);
        }
    }

    private double[] Predict((int[] Indices, float[] Values) row, int kind, int length)
    {
        var results = new double[length];
        int[] starts = [0, row.Indices.Length];
        fixed (int* start = starts, index = row.Indices)
        fixed (float* value = row.Values)
        fixed (double* result = results)
        {
            LightGbmLibrary.Check(
                BoosterPredict(
                    _booster, start, LightGbmDataset.Int32, index, value, LightGbmDataset.Float32, 2, row.Indices.Length, Inputs, kind, 0, _rounds, "num_threads=1 verbosity=-1", out var written, result),
                "predict");
            written.ShouldBe(length);
        }
        return results;
    }

    [LibraryImport("lib_lightgbm", EntryPoint = "LGBM_BoosterPredictForCSR", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int BoosterPredict(
        LightGbmBooster booster, int* starts, int startsType, int* indices, float* values, int valuesType, long startsCount, long valuesCount, long columns, int kind, int firstRound,
        int rounds, string parameters, out long length, double* results);
}
