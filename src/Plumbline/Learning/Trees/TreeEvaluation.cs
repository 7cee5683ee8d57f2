using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>A model of kind <c>trees</c> over rows, wherever they come from. Immutable and thread-safe; allocates nothing a row.</summary>
internal sealed class TreeEvaluation
{
    /// <summary>The least share of a class, so that its logarithm is finite and one forest that knows nothing of a class does not outvote all else.</summary>
    public const float LeastShare = 1e-5f;

    [ThreadStatic]
    private static float[]? t_dense;

    [ThreadStatic]
    private static (int[] Inputs, float[] Values) t_entries;

    private readonly IModelMemory _memory;
    private readonly ModelArray<float> _base;

    /// <exception cref="InvalidDataException">An array is missing or of another length, or points outside.</exception>
    public TreeEvaluation(ModelShape shape, int ngrams, IModelMemory memory)
    {
        var trees = shape.Trees ?? throw new InvalidDataException("a model of kind 'trees' has no 'trees' in its shape");
        _memory = memory;
        Link = trees.Link;
        Inputs = new TreeInputs(trees, ngrams, memory);
        Model = new TreeModel(shape.Outputs, Inputs.Count, memory);
        _base = memory.Array<float>(TreeSections.Base, shape.Outputs);
    }

    public TreeLink Link { get; }

    /// <summary>What every row's sum begins with, one an output.</summary>
    public ReadOnlySpan<float> Base => _base.Span;

    public TreeInputs Inputs { get; }

    public TreeModel Model { get; }

    /// <summary>Adds the values of the leaves that a row comes to.</summary>
    public void Add(FeatureRow row, Span<float> sums)
    {
        var dense = Fill(row, out var inputs);
        Model.Add(dense, sums);
        foreach (var input in inputs)
            dense[input] = 0;
        GC.KeepAlive(_memory);
    }

    /// <summary>The value of every input, in an array of the thread's that whoever asks makes 0 again at <paramref name="filled"/>.</summary>
    public Span<float> Fill(FeatureRow row, out ReadOnlySpan<int> filled)
    {
        var most = Inputs.MostEntries(row.Indices.Length);
        if (t_dense is null || t_dense.Length < Inputs.Count)
            t_dense = new float[Inputs.Count];
        if (t_entries.Inputs is null || t_entries.Inputs.Length < most)
            t_entries = (new int[2 * most], new float[2 * most]);
        var (inputs, values) = t_entries;
        var dense = t_dense;
        var count = Inputs.Entries(row, inputs, values);
        for (var i = 0; i < count; i++)
            dense[inputs[i]] = values[i];
        filled = inputs.AsSpan(0, count);
        return dense.AsSpan(0, Inputs.Count);
    }

    /// <summary>Sums become scores, in place: the last of <paramref name="scores"/> hold the sums.</summary>
    public void Finish(Span<float> scores) => Finish(scores, Base, Link, Model.Rounds);

    public static void Finish(Span<float> scores, ReadOnlySpan<float> start, TreeLink link, int rounds)
    {
        var isOne = start.Length < scores.Length;
        var sums = isOne ? scores[1..] : scores;
        for (var output = 0; output < sums.Length; output++)
        {
            if (link == TreeLink.Sum)
            {
                sums[output] += start[output];
                continue;
            }
            var share = Math.Clamp((sums[output] / Math.Max(1, rounds)) + start[output], LeastShare, 1);
            sums[output] = isOne ? MathF.Log(share) - MathF.Log(MathF.Max(LeastShare, 1 - share)) : MathF.Log(share);
        }
        if (isOne)
            scores[0] = 0;
    }
}
