namespace Plumbline.Datasets;

/// <summary>What is no error but is told of an ingest.</summary>
internal sealed partial class Ingestion
{
    private static readonly (TimeForms Form, string Words)[] FormsInWords =
    [
        (TimeForms.Iso, "ISO 8601"), (TimeForms.Slashes, "yyyy/MM/dd"), (TimeForms.Digits, "yyyyMMdd"), (TimeForms.MonthDayYear, "MM d, yyyy"),
        (TimeForms.UnixSeconds, "Unix seconds"), (TimeForms.UnixMilliseconds, "Unix milliseconds"), (TimeForms.UnixMicroseconds, "Unix microseconds"),
    ];

    private const int MostLookalikes = 5;

    private TimeForms _timeForms;

    private IEnumerable<string> Notes()
    {
        foreach (var note in _source.Notes)
            yield return note;
        foreach (var alike in _labels.Lookalikes.Take(MostLookalikes))
            yield return $"Labels differ only by case or spaces: {string.Join(", ", alike.Select(label => $"'{FieldCleaning.Quote(label)}'"))}. They are different classes unless data.prepare.labels.fold is true.";
        var forms = FormsInWords.Where(form => _timeForms.HasFlag(form.Form)).Select(form => form.Words).ToArray();
        if (forms.Length > 1)
            yield return $"Times are written in {forms.Length} ways, each read as what it is: {string.Join(", ", forms)}. Check that none is something else, such as a number.";
    }
}
