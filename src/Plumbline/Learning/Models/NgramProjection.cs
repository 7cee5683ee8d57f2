using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Plumbline.Learning.Models;

/// <summary>N-grams projected on components: Σ value × row of right singular vectors. Immutable and thread-safe; the memory that it points to must outlive it.</summary>
/// <param name="places">Row of each n-gram among <paramref name="components"/>; −1 for one that was not decomposed.</param>
/// <param name="components">Decomposed n-grams × <paramref name="rank"/>.</param>
internal sealed unsafe class NgramProjection(ModelArray<int> places, ModelArray<float> components, int rank)
{
    private readonly int* _places = places.Start;
    private readonly float* _components = components.Start;

    /// <summary>Number of components.</summary>
    public int Rank { get; } = rank;

    /// <summary>Place of each n-gram among some of them; −1 for the others.</summary>
    public static int[] Places(int ngrams, ReadOnlySpan<int> some)
    {
        var places = new int[ngrams];
        Array.Fill(places, -1);
        for (var place = 0; place < some.Length; place++)
            places[some[place]] = place;
        return places;
    }

    /// <summary>What a value of 1 adds to each component; empty where the n-gram was not decomposed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<float> Loadings(int ngram) => _places[ngram] is >= 0 and var place ? new(_components + ((long)place * Rank), Rank) : [];

    /// <summary>Adds what an n-gram says to the components.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int ngram, float value, Span<float> sums)
    {
        var row = Loadings(ngram);
        if (row.IsEmpty)
            return;
        var targets = MemoryMarshal.Cast<float, Vector<float>>(sums);
        var loadings = MemoryMarshal.Cast<float, Vector<float>>(row);
        var factor = new Vector<float>(value);
        for (var lane = 0; lane < targets.Length; lane++)
            targets[lane] += factor * loadings[lane];
        for (var component = targets.Length * Vector<float>.Count; component < sums.Length; component++)
            sums[component] += value * row[component];
    }
}
