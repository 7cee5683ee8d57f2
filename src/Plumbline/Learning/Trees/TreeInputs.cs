using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>
/// From a row to what trees ask about: selected n-grams, or the components that they are projected on (truncated singular value decomposition), then every
/// other column but the constant of the intercept. Immutable and thread-safe; its memory must outlive it.
/// </summary>
internal sealed unsafe class TreeInputs
{
    private readonly int* _places;
    private readonly float* _components;
    private readonly int _ngrams;
    private readonly int _first;

    /// <exception cref="InvalidDataException">An array is missing or of another length, or a place is out of range.</exception>
    public TreeInputs(TreeShape shape, int ngrams, IModelMemory memory)
    {
        if (shape.Selected < 0 || shape.Selected > ngrams || shape.Rank < 0 || shape.Others < 0)
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
        _components = Rank == 0 ? null : memory.Array<float>(TreeSections.Components, (long)shape.Selected * Rank).Start;
    }

    /// <summary>Components that n-grams become; 0 where each selected one is an input itself.</summary>
    public int Rank { get; }

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
            else if (_places[column] is >= 0 and var place)
            {
                if (Rank > 0)
                {
                    Project(value, place, components);
                    continue;
                }
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

    private void Project(float value, int place, Span<float> components)
    {
        var row = new ReadOnlySpan<float>(_components + ((long)place * Rank), Rank);
        var sums = MemoryMarshal.Cast<float, Vector<float>>(components);
        var weights = MemoryMarshal.Cast<float, Vector<float>>(row);
        var factor = new Vector<float>(value);
        for (var lane = 0; lane < sums.Length; lane++)
            sums[lane] += factor * weights[lane];
        for (var component = sums.Length * Vector<float>.Count; component < components.Length; component++)
            components[component] += value * row[component];
    }
}
