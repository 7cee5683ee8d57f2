using System.Runtime.CompilerServices;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>
/// From a row to what trees ask about: selected n-grams, or the components that they are projected on (truncated singular value decomposition), then every
/// other column but the constant of the intercept. Immutable and thread-safe; its memory must outlive it.
/// </summary>
internal sealed unsafe class TreeInputs
{
    private readonly int* _places;
    private readonly int _ngrams;
    private readonly int _first;

    /// <exception cref="InvalidDataException">An array is missing or of another length, or a place is out of range.</exception>
    public TreeInputs(TreeShape shape, int ngrams, IModelMemory memory)
    {
        if (shape.Selected < 0 || shape.Selected > ngrams || shape.Rank < 0 || shape.Others < 0 || (shape.Means is { } means && means.Count != shape.Rank))
            throw new InvalidDataException($"trees over {shape.Selected} n-grams and {shape.Rank} components do not go with {ngrams} n-grams");
        (Rank, _ngrams) = (shape.Rank, ngrams);
        _first = shape.Rank > 0 ? shape.Rank : shape.Selected;
        Count = _first + shape.Others;
        var places = memory.Array<int>(TreeSections.Places, ngrams);
        foreach (var place in places.Span)
        {
            if (place < -1 || place >= shape.Selected)
                throw new InvalidDataException($"array '{TreeSections.Places}' has a place {place}, but {shape.Selected} n-grams are selected");
        }
        _places = places.Start;
        Projection = Rank == 0 ? null : new NgramProjection(places, memory.Array<float>(TreeSections.Components, (long)shape.Selected * Rank), Rank);
    }

    /// <summary>Components that n-grams become; 0 where each selected one is an input itself.</summary>
    public int Rank { get; }

    /// <summary>Makes the components, which are the first inputs; null where there are none.</summary>
    public NgramProjection? Projection { get; }

    /// <summary>Number of inputs.</summary>
    public int Count { get; }

    /// <summary>Most entries of a row that has so many entries.</summary>
    public int MostEntries(int rowEntries) => rowEntries + Rank;

    /// <summary>Writes the entries of a row that are not left out; every input at most once.</summary>
    /// <returns>Number of entries.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Entries(FeatureRow row, Span<int> inputs, Span<float> values)
    {
        var count = Rank;
        var components = values[..Rank];
        components.Clear();
        for (var component = 0; component < Rank; component++)
            inputs[component] = component;
        // The constant of the intercept stands last.
        for (var i = 0; i < row.Indices.Length - 1; i++)
        {
            var column = row.Indices[i];
            var value = row.Values[i];
            if (column >= _ngrams)
            {
                inputs[count] = _first + column - _ngrams;
                values[count++] = value;
            }
            else if (Projection is not null)
            {
                Projection.Add(column, value, components);
            }
            else if (_places[column] is >= 0 and var place)
            {
                inputs[count] = place;
                values[count++] = value;
            }
        }
        return count;
    }

    /// <summary>The column of a row that each input is; −1 for components.</summary>
    public int[] Columns()
    {
        var columns = new int[Count];
        Array.Fill(columns, -1);
        for (var column = 0; column < _ngrams && Rank == 0; column++)
        {
            if (_places[column] >= 0)
                columns[_places[column]] = column;
        }
        for (var other = _first; other < Count; other++)
            columns[other] = _ngrams + other - _first;
        return columns;
    }
}
