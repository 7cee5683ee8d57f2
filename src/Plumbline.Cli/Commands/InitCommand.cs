using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Projects;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class InitCommand : CliCommand
{
    private readonly Argument<string?> _file = new("FILE") { Description = "Data whose columns are looked at", Arity = ArgumentArity.ZeroOrOne };
    private readonly SourceFlags _source = new();
    private readonly Option<bool> _force = new("--force") { Description = $"Replace the {Project.FileName} that is here" };

    public InitCommand(Terminal terminal)
        : base(terminal, "init", $"Write a {Project.FileName} for a file, with what was found in it")
    {
        Arguments.Add(_file);
        _source.AddTo(this, all: false);
        Options.Add(_force);
        Examples = ["init reviews.csv.gz", "init tickets.jsonl --text body --label queue"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var target = Path.Combine(Environment.CurrentDirectory, Project.FileName);
        if (File.Exists(target) && !parse.GetValue(_force))
            throw CliException.Usage($"{target} is there already; --force replaces it.");
        var file = parse.GetValue(_file);
        var mapping = file is null ? null : Source.Inspect(_source.Apply(parse, new SourceOptions { Path = file }));
        var text = ProjectTemplate.Write(file is null ? null : Relative(target, file), file is null ? "reviews" : ModelName.Of(file), mapping);
        AtomicFile.Write(Path.Combine(Environment.CurrentDirectory, ProjectTemplate.SchemaFile), stream => stream.Write(ProjectTemplate.Schema()));
        AtomicFile.Write(target, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["file"] = target });
        else
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Wrote {target}. Next: plumbline train, or plumbline up."));
        return Task.FromResult(ExitCode.Ok);
    }

    private static string Relative(string target, string file) => Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.GetFullPath(file));
}
