using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Text;

namespace Plumbline.Learning.Models;

/// <summary>
/// Text to probabilities with a model whose arrays may be mapped files: features, scores, calibration, decision. Immutable and thread-safe; allocates
/// nothing a text. The memory that it points to must outlive it.
/// </summary>
internal sealed unsafe class Classifier
{
    private readonly Vectorizer _vectorizer;
    private readonly FeatureTable _table;
    private readonly IScorer _scorer;
    private readonly Calibration _calibration;
    private readonly DecisionRule _decision;
    private readonly IModelMemory _memory;

    /// <exception cref="InvalidDataException">An array is missing or of another length, or the shape does not fit the contract.</exception>
    public Classifier(FeatureContract contract, int classes, ModelShape shape, IModelMemory memory, Calibration calibration, DecisionRule decision)
    {
        (Classes, Contract) = (classes, contract);
        _memory = memory;
        _calibration = calibration;
        _decision = decision;
        _table = Scorers.Table(shape, contract, memory);
        _vectorizer = new Vectorizer(contract.Options, contract.Options.HashBits is null ? Vocabulary(memory) : null, contract.HasSentiment, new CategoryEncoder(contract.Categorical, contract.Options.Categorical));
        _scorer = Scorers.Open(shape, contract, new NumericScaling(contract.Numeric, contract.Options.Numeric), memory);
        if (_vectorizer.NumericCount != contract.Numeric.Count)
            throw new InvalidDataException($"the contract lists {contract.Numeric.Count} numeric features, but its options make {_vectorizer.NumericCount}");
    }

    public int Classes { get; }

    public FeatureContract Contract { get; }

    public Vectorizer Vectorizer => _vectorizer;

    /// <summary>Scales and polarities of the n-grams.</summary>
    public FeatureTable Table => _table;

    public IScorer Scorer => _scorer;

    public Calibration Calibration => _calibration;

    public DecisionRule Decision => _decision;

    public CategoryEncoder Categories => _vectorizer.Categories;

    /// <summary>Numeric features that the contract's options make.</summary>
    public int NumericCount => _vectorizer.NumericCount;

    /// <summary>Numeric features, then categorical columns.</summary>
    public int OtherFeatures => NumericCount + Categories.Columns;

    /// <summary>Fills <paramref name="probabilities"/> and returns the index of the label that the decision rule chooses.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="inputs">Numeric inputs, then aggregates, in contract order, NaN where missing; empty means all missing.</param>
    /// <param name="probabilities">One a class.</param>
    /// <param name="numeric">Receives raw numeric features in contract order unless empty.</param>
    /// <param name="categories">What <see cref="Categories"/> finds, one a column; empty means all missing.</param>
    public int Predict(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, Span<float> probabilities, Span<float> numeric, ReadOnlySpan<int> categories = default)
    {
        var buffer = FeatureBuffer.Current;
        _vectorizer.Vectorize(text, inputs, _table, buffer, categories);
        _scorer.Score(buffer, probabilities);
        _calibration.Apply(probabilities);
        if (!numeric.IsEmpty)
            buffer.Numeric.AsSpan(0, NumericCount).CopyTo(numeric);
        GC.KeepAlive(_memory);
        return _decision.Choose(probabilities);
    }

    /// <summary>Predicts a record of a batch that has the contract's inputs, in its order.</summary>
    /// <param name="probabilities">One a class.</param>
    public int Predict(RecordBatch batch, int record, Span<float> probabilities)
    {
        var buffer = FeatureBuffer.Current;
        buffer.EnsureCategories(Categories.Columns, Categories.Count);
        var categories = buffer.Categories.AsSpan(0, Categories.Columns);
        Categories.Find(batch, record, categories);
        return Predict(batch.Text(record), batch.Inputs(record), probabilities, default, categories);
    }

    /// <summary>Number of n-grams of a text, and of those that the contract knows.</summary>
    public (int All, int Known) CountNgrams(ReadOnlySpan<byte> text) => _vectorizer.CountNgrams(text);

    private static Vocabulary Vocabulary(IModelMemory memory)
    {
        var slots = memory.Array<ulong>(ModelSections.Slots);
        return new Vocabulary(slots.Start, checked((int)slots.Length));
    }
}
