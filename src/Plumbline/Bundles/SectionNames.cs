namespace Plumbline.Bundles;

/// <summary>Names of sections and capabilities in format 1.</summary>
internal static class SectionNames
{
    public const string LinearCapability = "linear-1";

    /// <summary>Numeric features that are aggregates of the record's user and item.</summary>
    public const string AggregatesCapability = "aggregates-1";

    /// <summary>Categorical features.</summary>
    public const string CategoricalCapability = "categorical-1";

    /// <summary>u64: vocabulary slots.</summary>
    public const string Slots = "ngram.slots";

    /// <summary>f32, n-grams × stride: weights, scale, polarity.</summary>
    public const string Table = "ngram.table";

    /// <summary>f32, numeric features × outputs.</summary>
    public const string Numeric = "linear.numeric";

    /// <summary>f32, categories of all columns × outputs; absent without categorical features.</summary>
    public const string Categorical = "linear.categorical";

    /// <summary>f32, outputs.</summary>
    public const string Intercept = "linear.intercept";

    /// <summary>One line an n-gram, empty where unknown; optional.</summary>
    public const string Names = "ngram.names";
}
