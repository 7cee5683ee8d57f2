using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Registry;

namespace Plumbline.Cli;

/// <summary>Options that say of which version, time and predictions a report is.</summary>
internal sealed class ReportFlags
{
    private readonly Argument<string> _model = new("MODEL") { Description = "name, of which the version that answered most counts, name@alias or name/3" };
    private readonly Option<DateTimeOffset?> _since;
    private readonly Option<DateTimeOffset?> _until = new("--until") { Description = "Up to so long ago, or up to a time (now)", HelpName = "TIME" };
    private readonly Option<long?> _version = new("--version") { Description = "Number of the version", HelpName = "N" };
    private readonly Option<DriftProfile> _profile = new("--profile")
    {
        Description = "default asks for a successor from PSI 0.2 or a loss of macro-F1 of 0.03 on, production for approval from 0.3 or 0.05 on",
        HelpName = "P",
        CustomParser = Profile,
        DefaultValueFactory = _ => DriftProfile.Default,
    };

    private readonly Option<string[]> _where = new("--where") { Description = "Only logged predictions of a label, user, item or category: KEY=VALUE,…, KEY=BEGINNING*, KEY=@FILE; repeatable", HelpName = "CONDITION" };
    private readonly Option<string?> _html = new("--html") { Description = "Where a page goes", HelpName = "F" };
    private readonly TimeSpan _span;

    /// <param name="days">How far back is looked where nothing is said.</param>
    public ReportFlags(int days)
    {
        _span = TimeSpan.FromDays(days);
        _since = new Option<DateTimeOffset?>("--since") { Description = $"From so long ago ({days}d), or from a time on, UTC", HelpName = "TIME" };
    }

    public void AddTo(Command command, TimeProvider time)
    {
        foreach (var option in new[] { _since, _until })
            option.CustomParser = result => TimeOf(result, time);
        command.Arguments.Add(_model);
        foreach (var option in new Option[] { _since, _until, _version, _profile, _where, _html })
            command.Options.Add(option);
    }

    public DriftProfile Profile(ParseResult parse) => parse.GetValue(_profile)!;

    public (DateTimeOffset From, DateTimeOffset Until) Span(ParseResult parse, TimeProvider time)
    {
        var until = parse.GetValue(_until) ?? time.GetUtcNow();
        var from = parse.GetValue(_since) ?? until - _span;
        return from < until ? (from, until) : throw CliException.Usage("--until is not after --since.");
    }

    public async Task<ModelVersion> VersionAsync(ParseResult parse, Workspace workspace, TimeProvider time, CancellationToken cancellation)
    {
        var model = parse.GetRequiredValue(_model);
        if (parse.GetValue(_version) is { } number)
            return workspace.Registry.Resolve(FormattableString.Invariant($"{model}/{number}"));
        if (model.AsSpan().ContainsAny('@', '/'))
            return workspace.Registry.Resolve(model);
        var (from, until) = Span(parse, time);
        var answered = await new DriftWindows(workspace.Store, time).ListAsync(model, from, until, cancellation);
        return workspace.Registry.Resolve(answered is [var (most, _), ..] ? most : $"{model}@{Champion.Alias}");
    }

    public IReadOnlyList<DriftFilter> Filters(ParseResult parse) => [.. (parse.GetValue(_where) ?? []).Select(Filter)];

    public void WritePage(ParseResult parse, Terminal terminal, Func<string> render)
    {
        if (parse.GetValue(_html) is not { } file)
            return;
        OutputFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(render())));
        terminal.Error.WriteLine($"Page      {Path.GetFullPath(file)}");
    }

    /// <summary>The logs of this host, and those of others where there is an artifact store.</summary>
    public static LoggedSource SourceOf(Workspace workspace, TimeProvider time) =>
        new(workspace.Home.Predictions, workspace.Home.Artifacts is null ? null : new SharedPredictions(workspace.Artifacts, workspace.Home.Predictions, time));

    public static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    private static DriftFilter Filter(string text)
    {
        try
        {
            return DriftFilter.Parse(text);
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"--where: {exception.Message}");
        }
    }

    private static DriftProfile? Profile(ArgumentResult result)
    {
        var name = result.Tokens[0].Value;
        var found = DriftProfile.All.FirstOrDefault(profile => profile.Name == name);
        if (found is null)
            result.AddError($"'{name}' is no profile; there are {string.Join(" and ", DriftProfile.All.Select(profile => profile.Name))}.");
        return found;
    }

    private static DateTimeOffset? TimeOf(ArgumentResult result, TimeProvider time)
    {
        if (TryTime(result.Tokens[0].Value, out var at))
            return at;
        return Durations.ParseAge(result) is { } age ? time.GetUtcNow() - age : null;
    }
}
