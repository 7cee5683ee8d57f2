using System.CommandLine;
using System.Globalization;
using Plumbline.Datasets.Drift;

namespace Plumbline.Cli;

/// <summary>Options that say what drift is injected.</summary>
internal sealed class DriftFlags
{
    private readonly Option<DriftInjectionKind[]?> _kinds = new("--kind")
    {
        Description = "What changes: length, vocabulary, class-prior, missing, language, label-meaning; commas between several",
        HelpName = "KINDS",
        Required = true,
        CustomParser = Names.ParseList<DriftInjectionKind>,
    };

    private readonly Option<double?> _strength = new("--strength") { Description = "How much, 0 to 1 (0.5)", HelpName = "X" };
    private readonly Option<DriftShape?> _shape = new("--shape") { Description = "How it comes: sudden, gradual or seasonal (sudden)", HelpName = "SHAPE", CustomParser = Names.Parse<DriftShape> };
    private readonly Option<string?> _from = new("--from") { Description = "Where it begins: a date or time of the records, or a share of the rows such as 0.5", HelpName = "WHEN", Required = true };
    private readonly Option<string?> _until = new("--until") { Description = "Where it is complete (gradual) or over, likewise", HelpName = "WHEN" };
    private readonly Option<string?> _period = new("--period") { Description = "Of a seasonal drift: days such as 7d, hours such as 12h, or a share of the rows", HelpName = "LENGTH" };
    private readonly Option<double?> _lengthFactor = new("--length-factor") { Description = "Length of texts at strength 1, as a multiple of their own (0.25)", HelpName = "X" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Same options and seed: same bytes (0)", HelpName = "N" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _kinds, _strength, _shape, _from, _until, _period, _lengthFactor, _seed })
            command.Options.Add(option);
    }

    /// <exception cref="CliException">An option is out of its range.</exception>
    public DriftInjectionOptions Create(ParseResult parse)
    {
        var (axis, from) = Point(_from.Name, parse.GetRequiredValue(_from)!);
        var until = parse.GetValue(_until) is { } end ? Point(_until.Name, end) : ((DriftAxis, double)?)null;
        if (until is { } until_ && until_.Item1 != axis)
            throw CliException.Usage("--from and --until: give two times, or two shares of the rows.");
        var options = new DriftInjectionOptions
        {
            Kinds = parse.GetValue(_kinds) ?? [],
            Shape = parse.GetValue(_shape) ?? DriftShape.Sudden,
            Axis = axis,
            From = from,
            Until = until?.Item2,
            Period = parse.GetValue(_period) is { } period ? Length(axis, period) : null,
            Seed = parse.GetValue(_seed),
        };
        options = options with { Strength = parse.GetValue(_strength) ?? options.Strength, LengthFactor = parse.GetValue(_lengthFactor) ?? options.LengthFactor };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage(exception.Message);
        }
    }

    private static (DriftAxis, double) Point(string option, string text)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share <= 1)
            return (DriftAxis.Position, share);
        return DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (DriftAxis.Time, (time - DateTimeOffset.UnixEpoch).TotalSeconds)
            : throw CliException.Usage($"{option}: '{text}' is neither a date such as 2025-06-01, nor a time such as 2025-06-01T12:00:00Z, nor a share of the rows from 0 to 1.");
    }

    private static double Length(DriftAxis axis, string text)
    {
        var seconds = text.Length == 0 ? 0 : text[^1] switch { 'd' => 86_400, 'h' => 3_600, _ => 0 };
        if (double.TryParse(seconds > 0 ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && (axis == DriftAxis.Time) == seconds > 0)
            return axis == DriftAxis.Time ? number * seconds : number;
        throw CliException.Usage(axis == DriftAxis.Time ? $"--period: '{text}' is no length of time; write days such as 7d, or hours such as 12h." : $"--period: '{text}' is no share of the rows, such as 0.1.");
    }
}
