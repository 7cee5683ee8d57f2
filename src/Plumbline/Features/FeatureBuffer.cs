using System.Numerics;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>The features of one text; reused from text to text. Not thread-safe.</summary>
internal sealed class FeatureBuffer
{
    [ThreadStatic]
    private static FeatureBuffer? t_current;

    /// <summary>This thread's buffer.</summary>
    public static FeatureBuffer Current => t_current ??= new FeatureBuffer();

    public readonly NgramBuffer Ngrams = new();

    /// <summary>Distinct n-gram features in order of first occurrence.</summary>
    public int[] Indices = new int[512];

    /// <summary>How often each occurs, then its term-frequency weight, before scale and norm.</summary>
    public int[] Counts = new int[512];
    public float[] TermWeights = new float[512];
    public int Count;

    /// <summary>1 / length of the scaled n-gram vector; 0 for a text without a known n-gram.</summary>
    public float InverseNorm;

    /// <summary>Raw values of the numeric features in contract order, at its start; NaN where an input is missing.</summary>
    public float[] Numeric = [];

    /// <summary>Categories of a record, one a column, before they are encoded.</summary>
    public int[] Categories = [];

    /// <summary>Their features, as <see cref="CategoryEncoder.Encode"/> gives them, of <see cref="CategoryColumns"/> columns.</summary>
    public int[] CategoryFeatures = [];
    public float[] CategoryValues = [];
    public int CategoryColumns;

    /// <summary>Categories of all columns.</summary>
    public int CategoryCount;

    /// <summary>Open-addressing table from feature index to position + 1 in <see cref="Indices"/>; all zero between texts.</summary>
    public int[] Positions = new int[2048];

    public void Ensure(int ngrams, int numeric)
    {
        if (Indices.Length < ngrams)
        {
            Indices = new int[2 * ngrams];
            Counts = new int[2 * ngrams];
            TermWeights = new float[2 * ngrams];
        }
        if (Positions.Length < 2 * ngrams)
            Positions = new int[BitOperations.RoundUpToPowerOf2((uint)(4 * ngrams))];
        if (Numeric.Length < numeric)
            Numeric = new float[numeric];
    }

    public void EnsureCategories(int columns, int categories)
    {
        CategoryColumns = columns;
        CategoryCount = categories;
        if (Categories.Length >= columns)
            return;
        Categories = new int[columns];
        CategoryFeatures = new int[columns];
        CategoryValues = new float[columns];
    }
}
