using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Projects;

namespace Plumbline.Cli.Commands;

internal sealed class ValidateCommand : CliCommand
{
    private readonly Argument<string?> _file = new("FILE")
    {
        Description = $"Data, or a {Project.FileName}; else the {Project.FileName} here",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _expectations = new("--expectations") { Description = "YAML file with a list of expectations, in place of the project's", HelpName = "F" };
    private readonly Option<string?> _report = new("--report") { Description = "Write the page there, too", HelpName = "F" };
    private readonly Option<bool> _show = new("--show") { Description = "List what is expected, and read no data" };
    private readonly Option<bool> _pin = new("--pin") { Description = "Print what is expected as YAML for a plumbline.yaml; where nothing is yet, what the data let one expect" };
    private readonly SourceFlags _source = new();

    public ValidateCommand(Terminal terminal)
        : base(terminal, "validate", "Check data against what is expected of them, and publish nothing")
    {
        IsTraced = true;
        Arguments.Add(_file);
        foreach (var option in new Option[] { _expectations, _report, _show, _pin })
            Options.Add(option);
        _source.AddTo(this);
        Examples = ["validate reviews.csv.gz", "validate plumbline.yaml --report page.html", "validate april.csv --data-set reviews --expectations strict.yaml", "validate reviews.csv.gz --duplicates exact --pin"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var options = Plan(parse);
        var suite = ExpectationSuite.Resolve(home, options.DataSet, options.Expectations).Expectations;
        if (parse.GetValue(_show))
            return Show(parse, options.DataSet, suite);
        if (parse.GetValue(_pin) && suite.Count > 0)
            return Pin(suite);
        var validated = await ProgressView.RunAsync(Terminal, view => Task.Run(() => Snapshot.Validate(options, home, view, cancellation), cancellation));
        if (parse.GetValue(_pin))
            return Pin(validated.Inferred);
        if (parse.GetValue(_report) is { } report)
            OutputFile.Write(report, stream => stream.Write(File.ReadAllBytes(validated.Page)));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, ValidationReports.ToJson(validated));
        ValidationReports.Write(Terminal, validated, parse.GetValue(_report));
        if (validated.Result.Statistics.EvaluatedExpectations == 0)
            Terminal.Error.WriteLine(NothingExpected(options.DataSet));
        return validated.Result.Success ? ExitCode.Ok : ExitCode.Data;
    }

    private IngestOptions Plan(ParseResult parse)
    {
        var (ingest, _) = _source.Resolve(parse, parse.GetValue(_file));
        return ingest with { Expectations = parse.GetValue(_expectations) is { } path ? ExpectationSection.Load(path) : ingest.Expectations, Time = Terminal.Time };
    }

    private ExitCode Show(ParseResult parse, string name, IReadOnlyList<Expectation> suite)
    {
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, JsonNode.Parse(new ExpectationSuite(1, name, suite).ToJson())!);
        else if (suite.Count == 0)
            Terminal.Error.WriteLine(NothingExpected(name));
        else
            Tables.Write(
                Terminal, ["Expectation", "Asks for", "Severity", "From"],
                suite.Select(expectation => new[]
                {
                    ExpectationText.Subject(expectation), ExpectationText.Demand(expectation), JsonOutput.NameOf(expectation.Severity), expectation.Inferred ? "first snapshot" : "project",
                }));
        return ExitCode.Ok;
    }

    private static string NothingExpected(string dataSet) =>
        $"Nothing is expected of {dataSet} yet: name its data set with --data-set, declare data.expectations in plumbline.yaml, or ingest it once.";

    private ExitCode Pin(IReadOnlyList<Expectation> suite)
    {
        Terminal.Out.Write(ExpectationSection.Write(suite));
        return ExitCode.Ok;
    }
}
