using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Plumbline.Datasets.Generation;

namespace Plumbline.Cli;

internal enum DriftKind
{
    Vocabulary,
    Length,
    Mix,
    Meaning,
}

/// <summary>Options of the review generator.</summary>
internal sealed class GeneratorFlags
{
    private readonly Option<long?> _rows = new("--rows") { Description = "Reviews to generate (20000)", HelpName = "N" };
    private readonly Option<DateOnly?> _driftFrom = new("--drift-from") { Description = "First day of a change of the world", HelpName = "DATE", CustomParser = ParseDate };

    private readonly Option<DriftKind[]?> _drift = new("--drift")
    {
        Description = "What changes then: vocabulary, length, mix, meaning",
        HelpName = "KINDS",
        CustomParser = Names.ParseList<DriftKind>,
    };

    private readonly Option<double?> _strength = new("--drift-strength") { Description = "How much, above 0 to 1 (0.5)", HelpName = "X" };

    public void AddTo(Command command)
    {
        command.Options.Add(_rows);
        command.Options.Add(_driftFrom);
        command.Options.Add(_drift);
        command.Options.Add(_strength);
    }

    /// <summary>The first of these options that was given; null if none.</summary>
    public string? Given(ParseResult parse) =>
        new Option[] { _rows, _driftFrom, _drift, _strength }.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false })?.Name;

    /// <exception cref="CliException">An option is out of its range.</exception>
    public ReviewGenerator Create(ParseResult parse, ulong? seed)
    {
        var defaults = new ReviewGeneratorOptions();
        try
        {
            return new ReviewGenerator(defaults with { Rows = parse.GetValue(_rows) ?? defaults.Rows, Seed = seed ?? defaults.Seed, Drift = Drift(parse) });
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage(exception.Message);
        }
    }

    /// <summary>Names the corpus by what makes it, so that the same options find the same file.</summary>
    public string FileName(ParseResult parse, ReviewGeneratorOptions options)
    {
        var drift = options.Drift is null ? ""
            : string.Create(CultureInfo.InvariantCulture, $"-{options.Drift.From:yyyyMMdd}-{string.Join('-', Lists.Given(parse, _drift)!.Select(Names.Of).Order())}-{parse.GetValue(_strength) ?? 0.5}");
        return string.Create(CultureInfo.InvariantCulture, $"{ModelName.Generated}-{options.Rows}-{options.Seed}{drift}.csv");
    }

    private DriftOptions? Drift(ParseResult parse)
    {
        var kinds = Lists.Given(parse, _drift) ?? [];
        if (parse.GetValue(_driftFrom) is not { } from)
            return kinds.Length == 0 ? null : throw CliException.Usage("--drift needs --drift-from, the day on which the change begins.");
        if (kinds.Length == 0)
            throw CliException.Usage("--drift-from needs --drift: vocabulary, length, mix or meaning.");
        var strength = parse.GetValue(_strength) ?? 0.5;
        double Of(DriftKind kind) => kinds.Contains(kind) ? strength : 0;
        return new DriftOptions
        {
            From = from,
            Vocabulary = Of(DriftKind.Vocabulary),
            Length = Of(DriftKind.Length),
            ClassMix = Of(DriftKind.Mix),
            Meaning = Of(DriftKind.Meaning),
        };
    }

    private static DateOnly? ParseDate(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return date;
        result.AddError($"'{text}' is no date; write one such as 2025-06-01.");
        return null;
    }
}
