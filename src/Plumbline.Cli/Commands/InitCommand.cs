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
    private readonly Argument<string?> _file = new("FILE") { Description = "Data whose columns are looked at and pinned", Arity = ArgumentArity.ZeroOrOne };
    private readonly SourceFlags _source = new();
    private readonly Option<bool> _force = new("--force") { Description = $"Replace the {Project.FileName} that is here" };

    public InitCommand(Terminal terminal)
        : base(terminal, "init", $"Write a {Project.FileName} for a file, with what was found in it")
    {
        Arguments.Add(_file);
        _source.AddLabelled(this);
        Options.Add(_force);
        Examples = ["init reviews.csv.gz", "init tickets.jsonl --text body --label queue"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var target = Path.Combine(Environment.CurrentDirectory, Project.FileName);
        if (File.Exists(target) && !parse.GetValue(_force))
            throw CliException.Usage($"{target} is there already; --force replaces it.");
        var file = parse.GetValue(_file);
        var text = file is null ? ProjectTemplate.Write(null, ModelName.Generated, null) : Describe(_source.Apply(parse, new SourceOptions { Path = file }), target);
        AtomicFile.Write(Path.Combine(Environment.CurrentDirectory, ProjectTemplate.SchemaFile), stream => stream.Write(ProjectTemplate.Schema()));
        AtomicFile.Write(target, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["file"] = target });
        else
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Wrote {target}. Next: plumbline train, or plumbline up."));
        return Task.FromResult(ExitCode.Ok);
    }

    private string Describe(SourceOptions source, string target)
    {
        var (mapping, schema) = Source.Describe(source);
        Reports.Write(Terminal, mapping, schema.Columns);
        var path = source.Path.StartsWith("s3://", StringComparison.OrdinalIgnoreCase) ? source.Path : Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.GetFullPath(source.Path));
        return ProjectTemplate.Write(path, ModelName.Of(source.Path.TrimEnd('/')), mapping, schema, source.Delimiter);
    }
}
