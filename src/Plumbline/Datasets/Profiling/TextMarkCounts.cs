namespace Plumbline.Datasets.Profiling;

/// <summary>Texts by what they hold. Not thread-safe.</summary>
internal sealed class TextMarkCounts
{
    private readonly long[] _byMarks = new long[32];

    public void Add(TextMarks marks) => _byMarks[(int)marks]++;

    public void Add(TextMarkCounts others)
    {
        for (var marks = 0; marks < _byMarks.Length; marks++)
            _byMarks[marks] += others._byMarks[marks];
    }

    public long Of(TextMarks mark) => _byMarks.Where((_, marks) => ((TextMarks)marks & mark) != 0).Sum();
}
