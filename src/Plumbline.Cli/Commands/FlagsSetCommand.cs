using System.CommandLine;
using System.Globalization;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Plumbline.Inference.Flags;

namespace Plumbline.Cli.Commands;

internal sealed class FlagsSetCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Flag; shadow, prediction-cache and explanations are those that servers know" };
    private readonly Argument<string?> _file = new("FILE") { Description = "JSON of a definition; else the options say it, and without any it is on", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string[]> _users = new("--user") { Description = "Who has it on; repeatable", HelpName = "KEY" };
    private readonly Option<string[]> _groups = new("--group") { Description = "Group and the share of it, such as key:shop=50%; repeatable", HelpName = "G=SHARE" };
    private readonly Option<double?> _percentage = new("--percentage") { Description = "Of all others, each user always the same: 0 to 100", HelpName = "N" };
    private readonly Option<int?> _random = new("--random") { Description = "Of requests, drawn anew each time: 0 to 100", HelpName = "N" };
    private readonly Option<DateTimeOffset?> _from = new("--from") { Description = "Not before; UTC unless it says otherwise", HelpName = "TIME", CustomParser = ParseTime };
    private readonly Option<DateTimeOffset?> _until = new("--until") { Description = "Not from then on", HelpName = "TIME", CustomParser = ParseTime };
    private readonly Option<long?> _expect = new("--expect") { Description = "Only if it has this revision now; 0 if it is not there", HelpName = "N" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };

    public FlagsSetCommand(Terminal terminal)
        : base(terminal, "set", "Define a flag; servers follow within a second or two")
    {
        Arguments.Add(_name);
        Arguments.Add(_file);
        foreach (var option in new Option[] { _users, _groups, _percentage, _random, _from, _until, _expect, _reason })
            Options.Add(option);
        Examples = ["flags set new-page --user ann --group key:shop=50% --percentage 5", "flags set explanations --from 2026-12-01 --until 2026-12-24", "flags set button button.json --expect 3"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (name, flag) = (parse.GetRequiredValue(_name), Definition(parse));
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var stored = await new FlagStore(workspace.Store, Terminal.Time).SetAsync(name, flag, parse.GetValue(_expect), Champion.Actor, parse.GetValue(_reason) ?? "", cancellation);
        FlagsCommand.Report(Terminal, parse, name, stored);
        return ExitCode.Ok;
    }

    private FlagDefinition Definition(ParseResult parse)
    {
        var filters = Filters(parse).ToArray();
        if (parse.GetValue(_file) is not { } file)
            return new FlagDefinition(Requirement: filters.Length > 1 ? RequirementType.All : RequirementType.Any, Filters: filters.Length == 0 ? null : filters);
        if (filters.Length > 0)
            throw CliException.Usage("FILE says all of a flag; leave out --user, --group, --percentage, --random, --from and --until.");
        try
        {
            return FlagDefinition.Parse(File.ReadAllText(file));
        }
        catch (IOException exception)
        {
            throw CliException.Usage(exception is FileNotFoundException or DirectoryNotFoundException ? $"{file}: there is no such file." : exception.Message);
        }
    }

    /// <summary>All of which must hold.</summary>
    private IEnumerable<FlagFilter> Filters(ParseResult parse)
    {
        var (users, groups, percentage) = (parse.GetValue(_users) ?? [], parse.GetValue(_groups) ?? [], parse.GetValue(_percentage));
        if (users.Length > 0 || groups.Length > 0 || percentage is not null)
            yield return new FlagFilter(Targeting: new Audience { Users = users.Length > 0 ? [.. users] : null, Groups = groups.Length > 0 ? [.. groups.Select(Group)] : null, DefaultRolloutPercentage = percentage ?? 0 });
        if (parse.GetValue(_random) is { } random)
            yield return new FlagFilter(Percentage: random);
        if (parse.GetValue(_from) is not null || parse.GetValue(_until) is not null)
            yield return new FlagFilter(TimeWindow: new TimeWindowFilterSettings { Start = parse.GetValue(_from), End = parse.GetValue(_until) });
    }

    private static GroupRollout Group(string text)
    {
        var at = text.LastIndexOf('=');
        return at > 0 && text.EndsWith('%') && double.TryParse(text.AsSpan(at + 1).TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share)
            ? new GroupRollout { Name = text[..at], RolloutPercentage = share }
            : throw CliException.Usage($"--group {text}: write a group and the share of it, such as key:shop=50%.");
    }

    private static DateTimeOffset? ParseTime(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        result.AddError($"'{text}' is no time; write one such as 2026-12-01 or 2026-12-01T08:00:00Z.");
        return null;
    }
}
