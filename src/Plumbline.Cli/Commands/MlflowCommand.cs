using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Exchange;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class MlflowCommand : CliCommand
{
    public MlflowCommand(Terminal terminal)
        : base(terminal, "mlflow", "Copy runs and models to and from a running MLflow server")
    {
        Subcommands.Add(new MlflowCopyCommand(terminal, "export", "Copy what is here to a server", toServer: true));
        Subcommands.Add(new MlflowCopyCommand(terminal, "import", "Copy what a server has to here", toServer: false));
        Examples = ["mlflow export --uri http://127.0.0.1:5000", "mlflow import --uri http://mlflow:5000 --experiment reviews"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => throw CliException.Usage("Say export or import.");
}

/// <summary>
/// Both directions are one copy between two servers: this state folder is served on loopback meanwhile, to this process alone. May be repeated, and goes on
/// where it was broken off.
/// </summary>
internal sealed class MlflowCopyCommand : CliCommand
{
    private const int SecretBytes = 32;

    private readonly bool _toServer;
    private readonly Option<string> _uri = new("--uri") { Description = "Address of the server; MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD, are sent to it", HelpName = "URI", Required = true };
    private readonly Option<string[]> _experiments = new("--experiment") { Description = "Only this one (all); may be repeated", HelpName = "NAME" };

    public MlflowCopyCommand(Terminal terminal, string name, string description, bool toServer)
        : base(terminal, name, description)
    {
        _toServer = toServer;
        Options.Add(_uri);
        Options.Add(_experiments);
        Examples = [$"mlflow {name} --uri http://127.0.0.1:5000", $"mlflow {name} --uri http://127.0.0.1:5000 --experiment reviews --experiment tickets --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(parse.GetRequiredValue(_uri), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
            throw CliException.Usage("--uri: give an address such as http://127.0.0.1:5000; user and password belong in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.");
        var home = CommonOptions.HomeOf(parse);
        await using var workspace = _toServer ? Workspace.OpenExisting(home, Terminal.Time) : Workspace.Open(home, Terminal.Time);
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        await using var server = await TrackingServer.StartAsync(OptionsOf(home, secret), workspace.Store, TextWriter.Null, cancellation);
        using var here = new MlflowEndpoint(server.Address, new AuthenticationHeaderValue("Bearer", secret), Terminal.Time);
        using var there = new MlflowEndpoint(address, MlflowEndpoint.AuthorizationOfEnvironment(), Terminal.Time);
        var copier = _toServer ? new MlflowCopier(here, there, Terminal.Error.WriteLine) : new MlflowCopier(there, here, Terminal.Error.WriteLine);
        var experiments = parse.GetValue(_experiments);
        var report = await copier.CopyAsync(experiments is { Length: > 0 } ? experiments : null, cancellation);
        Show(report, parse.GetValue(CommonOptions.Json));
        return ExitCode.Ok;
    }

    private static TrackingServerOptions OptionsOf(Home home, string secret) =>
        new() { Home = home, Port = 0, TrustLoopback = false, ApiKeys = [new ApiKey("copy", secret, int.MaxValue)] };

    private void Show(ExchangeReport report, bool json)
    {
        foreach (var left in report.LeftOut)
            Terminal.Error.WriteLine($"left out: {left}");
        if (json)
        {
            JsonOutput.Write(Terminal, new JsonObject
            {
                ["experiments"] = report.Experiments,
                ["runs"] = report.Runs,
                ["runs_unchanged"] = report.RunsUnchanged,
                ["logged_models"] = report.LoggedModels,
                ["registered_models"] = report.RegisteredModels,
                ["versions"] = report.Versions,
                ["versions_unchanged"] = report.VersionsUnchanged,
                ["files"] = report.Files,
                ["bytes"] = report.Bytes,
                ["left_out"] = new JsonArray([.. report.LeftOut.Select(left => JsonValue.Create(left))]),
            });
            return;
        }
        Terminal.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Copied {report.Runs} runs, {report.LoggedModels} logged models and {report.Versions} versions with {report.Files} files, {report.Bytes:n0} bytes. "
            + $"{report.RunsUnchanged} runs and {report.VersionsUnchanged} versions were there."));
    }
}
