namespace Plumbline.Learning.Models;

/// <summary>Names of the arrays of models, which are sections of bundles.</summary>
internal static class ModelSections
{
    /// <summary>u64: vocabulary slots; absent where n-grams are hashed.</summary>
    public const string Slots = "ngram.slots";

    /// <summary>f32, n-grams × stride: weights, scale, polarity.</summary>
    public const string Table = "ngram.table";

    /// <summary>f32, numeric features × outputs.</summary>
    public const string Numeric = "linear.numeric";

    /// <summary>f32, categories of all columns × outputs; absent without categorical features.</summary>
    public const string Categorical = "linear.categorical";

    /// <summary>f32, outputs.</summary>
    public const string Intercept = "linear.intercept";

    /// <summary>f32, embedding rows × dimension.</summary>
    public const string Embeddings = "perceptron.embeddings";

    /// <summary>f32: for each layer in turn its weights, inputs × lanes, then its biases, lanes.</summary>
    public const string Layers = "perceptron.layers";

    /// <summary>f32, members × outputs.</summary>
    public const string StackingWeights = "stacking.weights";

    /// <summary>f32, outputs.</summary>
    public const string StackingBiases = "stacking.biases";
}
