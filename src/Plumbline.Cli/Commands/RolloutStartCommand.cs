using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Plumbline.Projects;
using Plumbline.Rollouts;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

/// <summary>Begins a rollout: by a file that holds all of it, or by the project's section <c>rollout</c> and a candidate. Options stand above either.</summary>
internal sealed class RolloutStartCommand : CliCommand
{
    private readonly Argument<string?> _file = new("FILE") { Description = "The definition as JSON (docs/specs/rollouts.md); else the project's rollout section counts", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _model = new("--model") { Description = "Model; else the project's", HelpName = "NAME" };
    private readonly Option<string[]> _candidates = new("--candidate") { Description = "Version, such as challenger or 4; with its weight as 4=25% in an A/B test; repeatable", HelpName = "V" };
    private readonly Option<string?> _name = new("--name") { Description = "Of the rollout; else the candidate's, such as reviews-4", HelpName = "NAME" };
    private readonly Option<RolloutUnit?> _unit = new("--unit") { Description = "What always gets the same version: user, item or request", HelpName = "UNIT" };
    private readonly Option<string?> _salt = new("--salt") { Description = "Rollouts of one salt assign alike", HelpName = "TEXT" };
    private readonly Option<string[]> _steps = new("--step") { Description = "Of a canary, in place of its steps: share and the least time, such as 5%:10m; repeatable", HelpName = "SHARE[:TIME]" };
    private readonly Option<TimeSpan?> _replay = new("--replay")
    {
        Description = "Judge a canary with too little traffic on logged requests of the last TIME, answered again by both versions",
        HelpName = "TIME",
        CustomParser = Durations.Parse,
    };

    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };

    public RolloutStartCommand(Terminal terminal)
        : base(terminal, "start", "Begin a rollout; the servers of the model measure and decide it")
    {
        Arguments.Add(_file);
        foreach (var option in new Option[] { _model, _candidates, _name, _unit, _salt, _steps, _replay, _reason })
            Options.Add(option);
        Examples = ["rollout start --candidate challenger --reason \"trained on November\"", "rollout start --candidate 7 --step 1%:10m --step 50%:1h --replay 24h", "rollout start canary.json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var store = new RolloutStore(workspace.Store, Terminal.Time);
        var definition = parse.GetValue(_file) is { } file ? Read(parse, file) : await DefineAsync(parse, store, cancellation);
        definition = definition with
        {
            Unit = parse.GetValue(_unit) ?? definition.Unit,
            Salt = parse.GetValue(_salt) ?? definition.Salt,
            Steps = parse.GetValue(_steps) is { Length: > 0 } steps ? [.. steps.Select(Step)] : definition.Steps,
            Replay = parse.GetValue(_replay) ?? definition.Replay,
        };
        RolloutCommand.Report(Terminal, parse, await store.StartAsync(definition, Champion.Actor, parse.GetValue(_reason) ?? "", cancellation));
        return ExitCode.Ok;
    }

    private async Task<RolloutDefinition> DefineAsync(ParseResult parse, RolloutStore store, CancellationToken cancellation)
    {
        var project = Project.Find(Environment.CurrentDirectory);
        var template = project?.Rollout
            ?? throw CliException.Usage($"Name a file that holds the definition, or say in the section rollout of a {Project.FileName} here how new versions are rolled out (docs/specs/rollouts.md).");
        if (parse.GetValue(_candidates) is not { Length: > 0 } candidates)
            throw CliException.Usage("Name the version that is to come with --candidate, such as --candidate challenger.");
        return await store.DefineAsync(template, parse.GetValue(_model) ?? project.Model, parse.GetValue(_name), [.. candidates.Select(Candidate)], cancellation);
    }

    private RolloutDefinition Read(ParseResult parse, string file)
    {
        if (parse.GetValue(_candidates) is { Length: > 0 } || parse.GetValue(_model) is not null || parse.GetValue(_name) is not null)
            throw CliException.Usage($"{file} says model, name and candidates already; leave out --model, --name and --candidate, or the file.");
        if (!File.Exists(file))
            throw CliException.Usage($"{file}: there is no such file.");
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), RolloutJson.Default.RolloutDefinition) ?? throw new JsonException("A definition is an object, not null.");
        }
        catch (JsonException exception)
        {
            throw new MetadataException(MetadataError.Invalid, $"{file}: {exception.Path ?? "$"}: this is no definition of a rollout; docs/specs/rollouts.md has its keys.", exception);
        }
    }

    private static CandidateShare Candidate(string text)
    {
        var at = text.LastIndexOf('=');
        if (at < 0)
            return new CandidateShare(text);
        return TryShare(text.AsSpan(at + 1), out var weight) ? new CandidateShare(text[..at], weight) : throw CliException.Usage($"--candidate {text}: write a version, or one with its weight, such as 4=25% or 4=0.25.");
    }

    private static CanaryStep Step(string text)
    {
        var parts = text.Split(':', 2);
        var duration = parts.Length == 1 ? 0 : DurationText.SecondsOf(parts[1]);
        return duration is { } seconds && seconds <= TimeSpan.FromDays(366).TotalSeconds && TryShare(parts[0], out var weight)
            ? new CanaryStep(weight, TimeSpan.FromSeconds(seconds))
            : throw CliException.Usage($"--step {text}: write a share and the least time, such as 5%:10m or 0.05:10m.");
    }

    private static bool TryShare(ReadOnlySpan<char> text, out double share)
    {
        var isPercent = text.EndsWith("%");
        var isNumber = double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share);
        share = isPercent ? share / 100 : share;
        return isNumber;
    }
}
