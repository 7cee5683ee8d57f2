using System.CommandLine;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Cli;

/// <summary>Options that say which column of a file is what; those given win over the project's.</summary>
internal sealed class SourceFlags
{
    private readonly Option<string?> _text = Column("--text", "Column of texts; else found by itself");
    private readonly Option<string?> _label = Column("--label", "Column of labels; else found by itself");
    private readonly Option<string?> _splitColumn = Column("--split-column", "Column that says train, valid or test");
    private readonly Option<string?> _user = Column("--user", "Column of users");
    private readonly Option<string?> _item = Column("--item", "Column of items");
    private readonly Option<string?> _time = Column("--time", "Column of times");

    private readonly Option<string[]?> _numeric = new("--numeric")
    {
        Description = "Numeric columns that are features, with commas between",
        HelpName = "NAMES",
        CustomParser = Lists.Parse,
    };

    private readonly Option<string[]?> _aggregates = new("--aggregates")
    {
        Description = "Aggregates of users and items as of time that are features, such as user_avg_len,item_mean_label; all of them: all",
        HelpName = "NAMES",
        CustomParser = Lists.Parse,
    };

    private readonly Option<SplitBy?> _splitBy = new("--split-by")
    {
        Description = "How to split: auto, column, stratified, time, user or item",
        HelpName = "HOW",
        CustomParser = Names.Parse<SplitBy>,
    };

    /// <summary>Whether <c>--numeric</c>, <c>--aggregates</c> and how to split may be given too.</summary>
    public void AddTo(Command command, bool all = true)
    {
        Option[] options = all ? [_text, _label, _numeric, _aggregates, _splitColumn, _splitBy, _user, _item, _time] : [_text, _label, _user, _item, _time];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <exception cref="CliException">An aggregate is not known.</exception>
    public IngestOptions Apply(ParseResult parse, IngestOptions ingest) => ingest with
    {
        Source = Apply(parse, ingest.Source),
        Aggregates = Lists.Given(parse, _aggregates) is { } names ? Aggregates(names) : ingest.Aggregates,
    };

    public SourceOptions Apply(ParseResult parse, SourceOptions source) => source with
    {
        Text = parse.GetValue(_text) ?? source.Text,
        Label = parse.GetValue(_label) ?? source.Label,
        SplitColumn = parse.GetValue(_splitColumn) ?? source.SplitColumn,
        User = parse.GetValue(_user) ?? source.User,
        Item = parse.GetValue(_item) ?? source.Item,
        Time = parse.GetValue(_time) ?? source.Time,
        Numeric = Lists.Given(parse, _numeric) ?? source.Numeric,
        Split = source.Split with { By = parse.GetValue(_splitBy) ?? source.Split.By },
    };

    private static IReadOnlyList<EntityFeature> Aggregates(string[] names) => names is ["all"]
        ? EntityFeature.All
        : [.. names.Distinct(StringComparer.Ordinal).Select(name => EntityFeature.TryParse(name, out var feature)
            ? feature
            : throw CliException.Usage($"--aggregates: '{name}' is not one of {string.Join(", ", EntityFeature.All.Select(known => known.Name))}."))];

    private static Option<string?> Column(string name, string description) => new(name) { Description = description, HelpName = "COLUMN" };
}
