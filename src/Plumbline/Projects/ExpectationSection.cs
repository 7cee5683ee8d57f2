using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using P = Plumbline.Datasets.Expectations.ExpectationParameters;

namespace Plumbline.Projects;

/// <summary>Reads a list of expectations: entries of one key, the expectation's name, whose value is its arguments.</summary>
public static class ExpectationSection
{
    public const string Key = "expectations";

    private static readonly ExpectationDefinition[] Definitions = [.. ExpectationGrammar.All];

    /// <param name="keys">Receives the path of every key that an entry may have.</param>
    /// <exception cref="ProjectException">An entry cannot be; the message names its line and key.</exception>
    internal static IReadOnlyList<Expectation> Read(YamlSection parent, List<string> keys) => [.. parent.Sections(Key).Select(entry => ReadEntry(entry, keys))];

    /// <summary>A file that holds nothing but a list under <c>expectations</c>.</summary>
    /// <exception cref="ProjectException">It cannot be read or used.</exception>
    public static IReadOnlyList<Expectation> Load(string path)
    {
        try
        {
            using var text = File.OpenText(path);
            var root = YamlSection.Root(Path.GetFullPath(path), text);
            var expectations = Read(root, []);
            root.Finish();
            return expectations;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ProjectException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The list as it stands in a <c>plumbline.yaml</c>.</summary>
    public static string Write(IEnumerable<Expectation> expectations) =>
        string.Concat(expectations.Select(expectation => $"    - {ExpectationText.ToYaml(expectation)}\n").Prepend($"data:\n  {Key}:\n"));

    private static Expectation ReadEntry(YamlSection entry, List<string> keys)
    {
        var read = new List<Expectation>();
        foreach (var definition in Definitions)
        {
            var section = entry.Section(definition.Name);
            var expectation = new Expectation(definition.Type, ReadArguments(section, definition), section.Choice<Severity>("severity") ?? Severity.Fail);
            section.Finish(keys);
            if (!entry.Has(definition.Name))
                continue;
            Check(entry, section, expectation);
            read.Add(expectation);
        }
        entry.Finish(keys);
        return read is [var only] ? only : throw entry.Error("has " + read.Count.ToString(CultureInfo.InvariantCulture) + " expectations; write one, such as {expect_column_values_to_not_be_null: {column: label}}");
    }

    private static ExpectationArguments ReadArguments(YamlSection section, ExpectationDefinition definition)
    {
        return new ExpectationArguments
        {
            Column = Text(P.Column, "column"),
            ColumnSet = List(P.ColumnSet, "column_set"),
            ExactMatch = definition.Has(P.ExactMatch) ? section.Flag("exact_match") : null,
            Type = definition.Has(P.Type) ? section.Choice<FieldType>("type") : null,
            MinValue = Text(P.MinValue, "min_value"),
            MaxValue = Text(P.MaxValue, "max_value"),
            ValueSet = List(P.ValueSet, "value_set"),
            Regex = Text(P.Regex, "regex"),
            Quantile = Number(P.Quantile, "quantile"),
            Script = Text(P.Script, "script"),
            Language = Text(P.Language, "language"),
            Label = Text(P.Label, "label"),
            Near = definition.Has(P.Near) ? section.Flag("near") : null,
            Threshold = Number(P.Threshold, "threshold"),
            Mostly = Number(P.Mostly, "mostly"),
        };

        string? Text(P parameter, string key) => definition.Has(parameter) ? section.Text(key) : null;

        double? Number(P parameter, string key) => definition.Has(parameter) ? section.Number<double>(key) : null;

        IReadOnlyList<string>? List(P parameter, string key) => definition.Has(parameter) ? section.List(key) : null;
    }

    private static void Check(YamlSection entry, YamlSection section, Expectation expectation)
    {
        try
        {
            expectation.Validate();
        }
        catch (ArgumentException exception)
        {
            var key = exception.Message.Split(' ', 2);
            throw section.IsPresent ? section.Error(key[0], key[1]) : entry.Error(expectation.Name, $"needs {key[0]}");
        }
    }
}
