using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Bundles;
using Plumbline.Bundles.Onnx;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class ExportCommand : CliCommand
{
    private readonly Argument<string> _bundle = new("BUNDLE") { Description = "Folder, digest, name@alias or name/3" };
    private readonly Option<string> _onnx = new("--onnx") { Description = "File of the ONNX graph", HelpName = "FILE", Required = true };
    private readonly Option<string?> _data = new("--data") { Description = "Snapshot or file of records to check the graph on (made-up records)", HelpName = "DATA" };

    public ExportCommand(Terminal terminal)
        : base(terminal, "export", "Write a bundle as an ONNX graph, from texts to labels, checked against the bundle")
    {
        Arguments.Add(_bundle);
        Options.Add(_onnx);
        Options.Add(_data);
        Examples = ["export reviews@champion --onnx reviews.onnx", "export reviews/3 --onnx reviews.onnx --data april.csv"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var located = await BundleLocator.FindAsync(home, parse.GetRequiredValue(_bundle), Terminal.Time);
        var file = Path.GetFullPath(parse.GetRequiredValue(_onnx));
        using var bundle = Bundle.Open(located.Directory);
        var records = parse.GetValue(_data) is { } data ? Read(await RowsAsync(home, data, cancellation), bundle.Manifest.Contract.Options, cancellation) : null;
        var model = OnnxExporter.Export(bundle);
        var agreement = OnnxCheck.Run(bundle, model, records, cancellation);
        if (!agreement.IsSame)
            throw new BundleException($"{file} was not written: the graph does not answer as {bundle.Directory} does. {Describe(agreement)} Keep serving the bundle itself, and report this.");
        AtomicFile.Write(file, stream => stream.Write(model));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, ToJson(agreement, bundle, file, model.Length));
        else
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Describe(agreement)}\n{model.Length:n0} bytes in {file}"));
        return ExitCode.Ok;
    }

    private static IEnumerable<RecordBatch> Read(string path, FeatureOptions options, CancellationToken cancellation) => Source.ReadTexts(
        new SourceOptions { Path = path, Numeric = options.Numeric.Inputs, Categorical = options.Categorical.Inputs }, OnnxCheck.Rows, options.Numeric.Aggregates, stop: cancellation);

    private async Task<string> RowsAsync(Home home, string data, CancellationToken cancellation) => File.Exists(data)
        ? data
        : Path.Combine(Snapshot.Open(await SnapshotLocator.FindAsync(home, data, Terminal.Time, cancellation)).Directory, "rows-*.parquet");

    private static string Describe(OnnxAgreement agreement) => string.Create(
        CultureInfo.InvariantCulture,
        $"Of {agreement.Rows:n0} records, {agreement.DifferingLabels:n0} have another label; probabilities differ by {agreement.LargestDifference:0.0e-0} at most; {agreement.Edges:n0} lie on an edge, where rounding decides.");

    private static JsonObject ToJson(OnnxAgreement agreement, Bundle bundle, string file, long bytes) => new()
    {
        ["onnx"] = file,
        ["bytes"] = bytes,
        ["bundle"] = bundle.Digest,
        ["rows"] = agreement.Rows,
        ["largest_difference"] = agreement.LargestDifference,
        ["differing_labels"] = agreement.DifferingLabels,
        ["edges"] = agreement.Edges,
    };
}
