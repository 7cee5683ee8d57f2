using System.CommandLine;
using System.CommandLine.Parsing;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Projects;

namespace Plumbline.Cli;

/// <summary>Options that say where records come from, which column is what, and how they are prepared; those given win over the project's.</summary>
internal sealed class SourceFlags
{
    private readonly Option<string?> _text = Column("--text", "Column of texts; else found by itself");
    private readonly Option<string?> _label = Column("--label", "Column of labels; else found by itself");
    private readonly Option<string?> _splitColumn = Column("--split-column", "Column that says train, valid or test");
    private readonly Option<string?> _user = Column("--user", "Column of users");
    private readonly Option<string?> _item = Column("--item", "Column of items");
    private readonly Option<string?> _time = Column("--time", "Column of times");
    private readonly Option<string?> _labelTime = Column("--label-time", "Column of times at which labels became known");

    private readonly Option<char?> _delimiter = new("--delimiter")
    {
        Description = "What stands between two fields: one character, or tab; else found by itself",
        HelpName = "CHAR",
        CustomParser = ParseDelimiter,
    };

    private readonly Option<string?> _query = new("--query") { Description = "Read the result of this SELECT instead of a file", HelpName = "SQL" };

    private readonly Option<string?> _postgres = new("--postgres")
    {
        Description = $"Where it runs: Host=…;Database=…;Username=… (password by PGPASSFILE); else data.postgres of the {Project.FileName}",
        HelpName = "CONNECTION",
    };

    private readonly Option<string[]?> _numeric = new("--numeric")
    {
        Description = "Numeric columns that are features, with commas between",
        HelpName = "NAMES",
        CustomParser = Lists.Parse,
    };

    private readonly Option<string[]?> _categorical = new("--categorical")
    {
        Description = "Columns of names, such as a country, that are features, with commas between",
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

    private readonly Option<string?> _dataSet = new("--data-set")
    {
        Description = "Name under which later data are compared with these; else the project's or the file's",
        HelpName = "NAME",
    };

    private readonly PreparationFlags _preparation = new();

    /// <summary>All, for commands that make a snapshot or look at what would become one.</summary>
    public void AddTo(Command command)
    {
        AddSource(command);
        _preparation.AddTo(command);
    }

    /// <summary>All but those of preparation.</summary>
    public void AddSource(Command command) => Add(
        command, [_text, _label, _numeric, _categorical, _aggregates, _splitColumn, _splitBy, _user, _item, _time, _labelTime, _delimiter, _query, _postgres, _dataSet]);

    /// <summary>Those alone that say how a file of texts and labels is read and prepared.</summary>
    public void AddPrepared(Command command)
    {
        AddLabelled(command);
        Add(command, [_aggregates]);
        _preparation.AddTo(command);
    }

    /// <summary>Those alone that say how a file of texts and labels is read.</summary>
    public void AddLabelled(Command command) => Add(command, [_text, _label, _user, _item, _time, _delimiter]);

    /// <summary>Those alone that say how a file of texts is read.</summary>
    public void AddTexts(Command command) => Add(command, [_text, _user, _item, _time, _delimiter]);

    /// <exception cref="CliException">An aggregate is not known, or an option is out of its range.</exception>
    public IngestOptions Apply(ParseResult parse, IngestOptions ingest) => ingest with
    {
        Source = Apply(parse, ingest.Source),
        Name = parse.GetValue(_dataSet) ?? ingest.Name,
        Preparation = _preparation.Apply(parse, ingest.Preparation),
        Aggregates = Lists.Given(parse, _aggregates) is { } names ? Aggregates(names) : ingest.Aggregates,
    };

    /// <summary>What is to be read: the file, pattern, folder or address named, <c>--query</c>, or what the project named or here says.</summary>
    /// <param name="file">What was named, data or a project; null for neither.</param>
    /// <exception cref="CliException">Nothing says what to read.</exception>
    /// <exception cref="ProjectException">The project cannot be used, or names no data.</exception>
    public (IngestOptions Ingest, Project? Project) Resolve(ParseResult parse, string? file)
    {
        var isProject = file is not null && Path.GetExtension(file) is ".yaml" or ".yml";
        var query = parse.GetValue(_query);
        if (file is not null && !isProject)
            return query is null
                ? (Apply(parse, new IngestOptions { Source = new SourceOptions { Path = file } }), null)
                : throw CliException.Usage($"{file} and --query both say what to read; give one.");
        var project = isProject ? Project.Load(file!) : Project.Find(Environment.CurrentDirectory);
        if (project?.Data is { } data)
            return (Apply(parse, data), project);
        if (query is not null)
            return (Apply(parse, new IngestOptions { Source = new SourceOptions() }), project);
        throw project is null
            ? CliException.Usage($"Name a file of records, or write a {Project.FileName} with plumbline init FILE.")
            : new ProjectException($"{project.File} names no data; add a section data with path.");
    }

    public SourceOptions Apply(ParseResult parse, SourceOptions source) => source with
    {
        Path = parse.GetValue(_query) is null ? source.Path : "",
        Query = parse.GetValue(_query) ?? source.Query,
        Postgres = parse.GetValue(_postgres) is { } connection ? new PostgresOptions { ConnectionString = connection } : source.Postgres,
        Delimiter = parse.GetValue(_delimiter) ?? source.Delimiter,
        LabelTime = parse.GetValue(_labelTime) ?? source.LabelTime,
        Text = parse.GetValue(_text) ?? source.Text,
        Label = parse.GetValue(_label) ?? source.Label,
        SplitColumn = parse.GetValue(_splitColumn) ?? source.SplitColumn,
        User = parse.GetValue(_user) ?? source.User,
        Item = parse.GetValue(_item) ?? source.Item,
        Time = parse.GetValue(_time) ?? source.Time,
        Numeric = Lists.Given(parse, _numeric) ?? source.Numeric,
        Categorical = Lists.Given(parse, _categorical) ?? source.Categorical,
        Split = source.Split with { By = parse.GetValue(_splitBy) ?? source.Split.By },
    };

    private static void Add(Command command, Option[] options)
    {
        foreach (var option in options)
            command.Options.Add(option);
    }

    private static IReadOnlyList<EntityFeature> Aggregates(string[] names) => names is ["all"]
        ? EntityFeature.All
        : [.. names.Distinct(StringComparer.Ordinal).Select(name => EntityFeature.TryParse(name, out var feature)
            ? feature
            : throw CliException.Usage($"--aggregates: '{name}' is not one of {string.Join(", ", EntityFeature.All.Select(known => known.Name))}."))];

    private static char? ParseDelimiter(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text is "tab" or "\\t")
            return '\t';
        if (text.Length == 1)
            return text[0];
        result.AddError($"'{text}' is not one character, or tab.");
        return null;
    }

    private static Option<string?> Column(string name, string description) => new(name) { Description = description, HelpName = "COLUMN" };
}
