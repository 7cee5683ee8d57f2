using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Learning.Perceptrons;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>Averaged embeddings of n-grams and hidden layers, the idea of fastText (Joulin et al. 2017).</summary>
internal sealed class PerceptronFamily : IModelFamily
{
    private const string Epochs = "epochs";
    private const string Rate = "rate";
    private const string EmbeddingRate = "embedding_rate";
    private const string Penalty = "penalty";
    private const string Dropout = "dropout";
    private const string Dimension = "dimension";
    private const string Layers = "layers";
    private const string Hidden = "hidden";
    private const string EmbeddingBits = "embedding_bits";
    private const int MostEpochs = 12;
    private const int MostDimension = 64;
    private const int MostHidden = 256;
    private const int MostEmbeddingBits = 18;

    public string Name => "perceptron";

    public int Complexity => 5;

    public int MostSteps => MostEpochs;

    /// <summary>What is behind in the second or third epoch, as with a low rate, is often ahead in the end.</summary>
    public int LeastSteps => 4;

    public bool StepsAddCapacity => true;

    public TrialParameters Default => new(
    [
        new(Epochs, 8), new(Rate, 0.003), new(EmbeddingRate, 2.0), new(Penalty, 5.0), new(Dropout, 0.3), new(Dimension, 32), new(Layers, 1), new(Hidden, 128), new(EmbeddingBits, 17), new(LinearFit.NbWeighting, true),
    ]);

    public SearchSpace Space(TrainingShape shape) => new(
    [
        new IntParameter(Epochs, 3, MostEpochs),
        new FloatParameter(Rate, 1e-3, 1e-2, Log: true),
        new FloatParameter(EmbeddingRate, 0.2, 4, Log: true),
        new FloatParameter(Penalty, 0.3, 30, Log: true),
        new FloatParameter(Dropout, 0, 0.8),
        new IntParameter(Dimension, 16, MostDimension, Step: 16),
        new IntParameter(Layers, 1, 2),
        new IntParameter(Hidden, 64, MostHidden, Step: 64),
        new IntParameter(EmbeddingBits, 14, MostEmbeddingBits),
        new CategoricalParameter(LinearFit.NbWeighting, [false, true]),
        .. LinearFit.ClassWeightSpace(shape),
    ]);

    /// <summary>Embeddings; weights of the layers with their gradient and Adam's two moments; scores.</summary>
    public long Memory(TrainingShape shape)
    {
        var others = shape.Columns - shape.Ngrams;
        var weights = ((long)(MostDimension + others + 1) * MostHidden) + ((MostHidden + 1L) * MostHidden) + ((MostHidden + 1L) * shape.Classes);
        return sizeof(float) * (((long)Math.Min(shape.Ngrams, 1 << MostEmbeddingBits) * MostDimension) + (4 * weights)) + (3 * shape.ScoreBytes);
    }

    public IFittedModel? Fit(FitRequest request)
    {
        var parameters = request.Parameters;
        var weighting = LinearFit.ClassWeightingOf(parameters);
        var epochs = Int(Epochs);
        var options = new PerceptronOptions(
            new PerceptronShape(Math.Min(request.Ngrams, 1 << Int(EmbeddingBits)), Int(Dimension), [.. Enumerable.Repeat(Int(Hidden), Int(Layers))]),
            epochs, parameters[Rate].AsDouble(), parameters[EmbeddingRate].AsDouble(), parameters[Penalty].AsDouble(), parameters[Dropout].AsDouble(),
            ClassWeights.Of(weighting, request.Train.Labels(), request.Train.Classes), LinearFit.NbWeightingOf(parameters) ? request.Shared.NbPenalties : null);
        var solver = new PerceptronSolver(request.Train, request.Ngrams, options, request.Seed);
        var (steps, pruned) = (0, false);
        solver.Fit(request.Steps ?? epochs, AfterEpoch, request.Cancellation);
        return pruned ? null : new FittedPerceptron(solver.Perceptron, steps, weighting != ClassWeighting.Natural);

        int Int(string name) => (int)parameters[name].AsInt64();

        bool AfterEpoch(int epoch)
        {
            steps = epoch;
            pruned = !request.Continue(epoch, () => Scores(solver.Perceptron, request.Valid!, request.Threads));
            return !pruned;
        }
    }

    private static float[] Scores(Perceptron perceptron, FeatureMatrix matrix, int threads)
    {
        var scores = RowScores.Of(matrix, threads, perceptron.Network.Score);
        GC.KeepAlive(perceptron);
        return scores;
    }

    private sealed record FittedPerceptron(Perceptron Perceptron, int Steps, bool LosesPrior) : IFittedModel
    {
        public float[] Scores(FeatureMatrix matrix, int threads) => PerceptronFamily.Scores(Perceptron, matrix, threads);

        public ModelParameters Parameters(FittedFeatures features)
        {
            var shape = Perceptron.Shape;
            return new ModelParameters(
                new ModelShape("perceptron", PerceptronScorer.Kind, Perceptron.Classes, FeatureTable.StrideFor(0), Perceptron: shape),
                [
                    .. NgramSections.Of(features),
                    new ModelSection(ModelSections.Embeddings, Perceptron.Embeddings, [shape.EmbeddingRows, shape.Dimension]),
                    new ModelSection(ModelSections.Layers, Perceptron.Floats, [Perceptron.Floats.Length]),
                ]);
        }
    }
}
