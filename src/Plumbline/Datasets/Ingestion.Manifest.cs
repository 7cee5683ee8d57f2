using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets;

/// <summary>What the manifest says of the records: what they are, where they came from, what was left out.</summary>
internal sealed partial class Ingestion
{
    private static string Describe(RejectReason reason) => reason switch
    {
        RejectReason.NoText => "no text",
        RejectReason.NoLabel => "no label",
        RejectReason.TooShort => "text too short",
        RejectReason.TooLong => "text too long",
        RejectReason.DroppedLabel => "label to be dropped",
        RejectReason.TooLate => "later than asked for, or without a time",
        _ => "an expectation not met",
    };

    private SnapshotManifest Describe(string digest, int[] order, IReadOnlyList<SnapshotFile> files, SnapshotFile? entities)
    {
        var counts = new long[order.Length, 3];
        for (var i = 0; i < _rows.Count; i++)
            if (_rows.Fates[i] == RowFate.Kept)
                counts[order[_rows.Labels[i]], (int)_rows.Splits[i]]++;
        var labels = new string[order.Length];
        for (var number = 0; number < order.Length; number++)
            labels[order[number]] = _labels.Labels[number];
        var classes = labels.Select((label, i) => new ClassCounts(label, new SplitCounts(counts[i, 0], counts[i, 1], counts[i, 2]))).ToArray();
        var split = _options.Source.Split;
        return new SnapshotManifest
        {
            FormatVersion = SnapshotManifest.CurrentFormat,
            Digest = digest,
            Columns = _columns,
            Mapping = _mapping,
            Labels = labels,
            Split = new SplitRule(_by, split.Seed, split.ValidShare, split.TestShare, split.CarvedValidShare, split.Together),
            Counts = new SplitCounts(classes.Sum(@class => @class.Counts.Train), classes.Sum(@class => @class.Counts.Valid), classes.Sum(@class => @class.Counts.Test)),
            Classes = classes,
            Dropped = [.. _rejected.OrderBy(pair => pair.Key).Select(pair => new DroppedRows(Describe(pair.Key), pair.Value.Count, pair.Value.First)), .. DroppedFates()],
            Unreadable = [.. _noNumber.Select((tally, i) => (_mapping.Numeric[i].Name, Tally: tally)).Prepend(("time", _noTime)).Where(column => column.Item2.Count > 0)
                .Select(column => new UnreadableValues(column.Item1, column.Item2.Count, column.Item2.First))],
            TextsWithNul = _textsWithNul,
            Sources = [.. _source.Parts.Select(part => part with { Name = _options.OriginOf(part.Name) })],
            Schema = _source.InferSchema(_mapping).Columns,
            Notes = [.. Notes()],
            RowsFiles = files,
            Entities = entities,
            CodeVersion = Plumbline.CodeVersion.Current,
        };
    }

    private IEnumerable<DroppedRows> DroppedFates()
    {
        foreach (var fate in Enum.GetValues<RowFate>())
        {
            if (fate == RowFate.Kept)
                continue;
            var tally = new RowTally();
            for (var i = 0; i < _rows.Count; i++)
                if (_rows.Fates[i] == fate)
                    tally.Add(_rows.OriginOf(i).Row);
            if (tally.Count > 0)
                yield return new DroppedRows(Describe(fate), tally.Count, tally.First);
        }
    }

    private static string Describe(RowFate fate) => fate switch
    {
        RowFate.Duplicate => "a text that stands before",
        RowFate.Conflict => "a text that has several labels",
        _ => Snapshot.OverItsShare,
    };
}
