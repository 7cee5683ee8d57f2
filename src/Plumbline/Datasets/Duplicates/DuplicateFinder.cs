using Plumbline.Datasets.Preparation;
using Plumbline.Text;

namespace Plumbline.Datasets.Duplicates;

/// <summary>
/// Finds records with the same text: byte for byte, normalised, or nearly; docs/specs/duplicates.md. Fingerprints are collected in source order, then grouped once.
/// Not thread-safe but for <see cref="NewBatch"/>.
/// </summary>
/// <param name="together">Which texts share a <see cref="Leader"/>.</param>
/// <param name="folder">For what does not fit into memory.</param>
internal sealed class DuplicateFinder(PreparationOptions preparation, SplitTogether together, string folder) : IDisposable
{
    private const long KeyMemoryBytes = 64 << 20;

    private readonly int _bandRows = MinHash.BandRowsFor(preparation.NearSimilarity);
    private readonly int _mostSigned = MostSigned(preparation, together);
    private readonly NativeList<UInt128> _identities = new();
    private readonly NativeList<Signature> _signatures = new();
    private readonly BandKeys _keys = new(KeyMemoryBytes, folder);
    private NativeArray<int>? _firsts;
    private NativeArray<int>? _roots;
    private volatile bool _isSigning = MostSigned(preparation, together) > 0;

    /// <summary>Whether near-duplicates are known: of more records than asked for they are not looked for.</summary>
    public bool FindsNear => _isSigning;

    /// <summary>The first record with the same normalised text, of each record.</summary>
    public ReadOnlySpan<int> Firsts => _firsts!.Span;

    /// <summary>The first record of the group of near-duplicates, of each record; those of <see cref="Firsts"/> where they were not looked for.</summary>
    public ReadOnlySpan<int> Roots => (_roots ?? _firsts!).Span;

    /// <summary>Thread-safe.</summary>
    public FingerprintBatch NewBatch(int count) => new(count, _isSigning ? _bandRows : 0);

    public void Add(FingerprintBatch batch, int record)
    {
        _identities.Add(batch.Identities[record]);
        if (!_isSigning)
            return;
        if (_signatures.Count == _mostSigned)
        {
            _isSigning = false;
            Forget();
            return;
        }
        _signatures.Add(batch.Signatures[record]);
        _keys.Add(batch.Keys.AsSpan(record * MinHash.Bands, MinHash.Bands));
    }

    /// <summary>Ends adding and finds the groups.</summary>
    public void Group(int threads, CancellationToken stop)
    {
        _firsts = new NativeArray<int>(_identities.Count);
        FirstOccurrences.Find(_identities.Span, _firsts.Span);
        _identities.Dispose();
        if (!_isSigning)
            return;
        _keys.Complete();
        _roots = new NativeArray<int>(_firsts.Length);
        _firsts.Span.CopyTo(_roots.Span);
        using (var groups = new NearGroups(_keys, _signatures, _roots, preparation.NearSimilarity))
            groups.Find(threads, stop);
        Forget();
    }

    /// <summary>Leaves conflicts and duplicates out, as asked for: of those that are kept so far, the first of a group stays.</summary>
    public void Apply(RowFacts rows)
    {
        if (preparation.Conflicts == ConflictRule.Drop)
        {
            using var groups = new RecordGroups(Firsts);
            foreach (var group in groups)
                DropConflict(group, rows);
        }
        if (preparation.Duplicates == DuplicateRule.Keep)
            return;
        using var repeated = new RecordGroups(preparation.Duplicates == DuplicateRule.Near ? Roots : Firsts);
        var seen = new HashSet<UInt128>();
        foreach (var group in repeated)
        {
            seen.Clear();
            for (var i = 0; i < group.Count; i++)
                if (rows.Fates[group[i]] == RowFate.Kept && !seen.Add(preparation.Duplicates == DuplicateRule.Exact ? rows.Texts[group[i]].Key : 0))
                    rows.Fates[group[i]] = RowFate.Duplicate;
        }
    }

    /// <summary>The record whose text decides on which side of the split a record stands.</summary>
    public int Leader(int record) => together switch
    {
        SplitTogether.Normalised => Firsts[record],
        SplitTogether.Near => Roots[record],
        _ => record,
    };

    public void Dispose()
    {
        _identities.Dispose();
        Forget();
        _firsts?.Dispose();
        _roots?.Dispose();
    }

    private static int MostSigned(PreparationOptions preparation, SplitTogether together) =>
        preparation.Duplicates == DuplicateRule.Near || together == SplitTogether.Near ? int.MaxValue : preparation.NearRecords;

    private static void DropConflict(RecordGroup group, RowFacts rows)
    {
        int? label = null;
        var isConflict = false;
        for (var i = 0; i < group.Count; i++)
            if (rows.Fates[group[i]] == RowFate.Kept)
                isConflict |= rows.Labels[group[i]] != (label ??= rows.Labels[group[i]]);
        for (var i = 0; i < group.Count && isConflict; i++)
            if (rows.Fates[group[i]] == RowFate.Kept)
                rows.Fates[group[i]] = RowFate.Conflict;
    }

    private void Forget()
    {
        _signatures.Dispose();
        _keys.Dispose();
    }
}
