using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Plumbline.Projects;

/// <summary>
/// One mapping of a YAML file, read strictly: a value of the wrong kind and a key that nobody asked for are refused with their path and line.
/// A section that is absent reads as empty.
/// </summary>
internal sealed class YamlSection
{
    private const double MostSeconds = 366 * 86_400.0;

    private readonly string _file;
    private readonly YamlMappingNode? _node;
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);
    private readonly List<string> _asked = [];

    private YamlSection(string file, string path, YamlMappingNode? node)
    {
        _file = file;
        Path = path;
        _node = node;
        if (node is null)
            return;
        foreach (var (key, value) in node.Children)
        {
            if (key is not YamlScalarNode { Value: { } name })
                throw Fault(file, key, "a key must be a plain word");
            _values.Add(name, value);
        }
    }

    /// <summary>Empty for the whole file.</summary>
    public string Path { get; }

    public bool IsPresent => _node is not null;

    /// <summary>Whether the key is there, with or without a value.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    public static YamlSection Root(string file, TextReader text)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(text);
        }
        catch (YamlException exception)
        {
            throw new ProjectException($"{file}, line {exception.Start.Line}: {exception.Message} It must be YAML.", exception);
        }
        return yaml.Documents switch
        {
            [] => new YamlSection(file, "", null),
            [{ RootNode: YamlMappingNode root }] => new YamlSection(file, "", Plain(file, "", root)),
            [var only] => throw Fault(file, only.RootNode, "keys and values are expected, such as project: reviews"),
            _ => throw new ProjectException($"{file} holds {yaml.Documents.Count} YAML documents; write one."),
        };
    }

    public YamlSection Section(string key) => Find(key) switch
    {
        null => new YamlSection(_file, PathOf(key), null),
        YamlMappingNode mapping => new YamlSection(_file, PathOf(key), mapping),
        var other => throw Error(key, other, "is a section: keys and values, each on a line below it"),
    };

    public string? Text(string key) => Find(key) is { } node ? Scalar(key, node) : null;

    public T? Number<T>(string key)
        where T : struct, IParsable<T>
    {
        if (Find(key) is not { } node)
            return null;
        var text = Scalar(key, node);
        return T.TryParse(text, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Error(key, node, $"is '{Quote(text)}', not {(typeof(T) == typeof(double) ? "a number" : "a whole number that fits")}");
    }

    /// <summary>A number of seconds, above 0 and at most <paramref name="most"/>.</summary>
    public TimeSpan? Seconds(string key, double most) => Number<double>(key) switch
    {
        null => null,
        > 0 and var seconds when seconds <= most => TimeSpan.FromSeconds(seconds),
        var other => throw Error(key, FormattableString.Invariant($"is {other}; it must be above 0 and at most {most}")),
    };

    /// <summary>A time such as 90s, 10m, 2h or 7d; at most 366 days.</summary>
    public TimeSpan? Duration(string key) => Find(key) is not { } node ? null : DurationText.SecondsOf(Scalar(key, node)) is <= MostSeconds and var seconds
        ? TimeSpan.FromSeconds(seconds)
        : throw Error(key, node, $"is '{Quote(Scalar(key, node))}', no time of at most 366 days; write one such as 90s, 10m, 2h or 7d");

    public bool? Flag(string key) => Find(key) is not { } node ? null : Scalar(key, node) switch
    {
        "true" => true,
        "false" => false,
        var other => throw Error(key, node, $"is '{Quote(other)}'; write true or false"),
    };

    /// <summary>The value of an enumeration, by its name in snake_case.</summary>
    public T? Choice<T>(string key)
        where T : struct, Enum => Find(key) is { } node ? Choice<T>(key, node) : null;

    public IReadOnlyList<string>? List(string key) => Items(key)?.Select(item => Scalar(key, item)).ToArray();

    public IReadOnlyList<T>? Choices<T>(string key)
        where T : struct, Enum => Items(key)?.Select(item => Choice<T>(key, item)).ToArray();

    /// <summary>Whether the value is a list, where it may be something else.</summary>
    public bool IsList(string key) => Find(key) is YamlSequenceNode;

    /// <summary>A section whose keys are free and whose values are of an enumeration, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<string, T>>? ChoiceOfEach<T>(string key)
        where T : struct, Enum
    {
        if (Find(key) is null)
            return null;
        var section = Section(key);
        return [.. section._values.Select(pair => KeyValuePair.Create(pair.Key, section.Choice<T>(pair.Key, Plain(_file, section.PathOf(pair.Key), pair.Value))))];
    }

    /// <summary>A section whose keys are free and whose values are numbers, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<string, double>>? NumberOfEach(string key)
    {
        if (Find(key) is null)
            return null;
        var section = Section(key);
        return [.. section._values.Keys.Select(name => KeyValuePair.Create(name, section.Number<double>(name) ?? throw section.Error(name, "has no value")))];
    }

    /// <summary>A section whose keys are free and whose values are JSON in YAML's words: what stands there plainly as true, false, null or a number is that, all else is text.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonNode?>> JsonOfEach(string key)
    {
        var section = Section(key);
        return [.. section._values.Select(pair => KeyValuePair.Create(pair.Key, section.Json(section.PathOf(pair.Key), pair.Value)))];
    }

    /// <summary>A section whose keys are free and whose values are texts.</summary>
    public IReadOnlyDictionary<string, string>? TextOfEach(string key)
    {
        if (Find(key) is null)
            return null;
        var section = Section(key);
        return section._values.ToDictionary(pair => pair.Key, pair => section.Scalar(pair.Key, Plain(_file, section.PathOf(pair.Key), pair.Value)), StringComparer.Ordinal);
    }

    /// <summary>A list of two whole numbers, from and to.</summary>
    public (int Low, int High)? Range(string key)
    {
        if (Items(key) is not { } items)
            return null;
        return items.Count == 2
            && int.TryParse(Scalar(key, items[0]), NumberStyles.Integer, CultureInfo.InvariantCulture, out var low)
            && int.TryParse(Scalar(key, items[1]), NumberStyles.Integer, CultureInfo.InvariantCulture, out var high)
            ? (low, high)
            : throw Error(key, _values[key], "is a range of two whole numbers, such as [1, 2]");
    }

    public IReadOnlyList<YamlSection> Sections(string key) =>
        Items(key)?.Select((item, i) => item is YamlMappingNode mapping
            ? new YamlSection(_file, $"{PathOf(key)}[{i}]", Plain(_file, PathOf(key), mapping))
            : throw Error(key, item, "is a list of sections, each beginning with a dash")).ToArray() ?? [];

    /// <summary>A value as it is, or <c>{file: path}</c>: the file's content without its last line break.</summary>
    public Secret? Secret(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case YamlMappingNode mapping:
                var section = new YamlSection(_file, PathOf(key), mapping);
                var path = section.Text("file") ?? throw Error(key, mapping, "is a text, or {file: path of a file that holds it}");
                section.Finish();
                return ReadSecret(key, mapping, path);
            case var node:
                return new Secret(Scalar(key, node));
        }
    }

    /// <summary>A section whose keys are free and whose values are as <see cref="Secret"/> reads them.</summary>
    public IReadOnlyDictionary<string, Secret> SecretOfEach(string key)
    {
        var section = Section(key);
        return section._values.Keys.ToDictionary(name => name, name => section.Secret(name) ?? throw section.Error(name, "has no value"), StringComparer.Ordinal);
    }

    /// <exception cref="ProjectException">There is a key that was not asked for.</exception>
    public void Finish()
    {
        if (_node?.Children.Keys.OfType<YamlScalarNode>().FirstOrDefault(key => !_asked.Contains(key.Value!)) is not { } unknown)
            return;
        var name = unknown.Value!;
        var advice = NearestName.Among(_asked, name) is { } nearest ? $"did you mean '{nearest}'?" : $"known here: {string.Join(", ", _asked)}.";
        throw new ProjectException($"{Where(_file, unknown)}: unknown key '{PathOf(Quote(name))}'; {advice}");
    }

    /// <param name="keys">Receives every key that was asked for, as a path.</param>
    /// <exception cref="ProjectException">There is a key that was not asked for.</exception>
    public void Finish(List<string> keys)
    {
        Finish();
        keys.AddRange(_asked.Select(PathOf));
    }

    public ProjectException Error(string key, string problem) => Error(key, _values.GetValueOrDefault(key) ?? _node, problem);

    /// <summary>Of the section as a whole.</summary>
    public ProjectException Error(string problem) => new($"{Where(_file, _node)}: {Path} {problem}.");

    private ProjectException Error(string key, YamlNode? node, string problem) => new($"{Where(_file, node)}: {PathOf(key)} {problem}.");

    private static ProjectException Fault(string file, YamlNode node, string problem) => new($"{Where(file, node)}: {problem}.");

    private static string Where(string file, YamlNode? node) => node is null ? file : $"{file}, line {node.Start.Line}";

    private string PathOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private YamlNode? Find(string key)
    {
        if (!_asked.Contains(key))
            _asked.Add(key);
        return _values.TryGetValue(key, out var node) && !IsNull(Plain(_file, PathOf(key), node)) ? node : null;
    }

    private IReadOnlyList<YamlNode>? Items(string key) => Find(key) switch
    {
        null => null,
        YamlSequenceNode sequence => [.. sequence.Children.Select(child => Plain(_file, PathOf(key), child))],
        var other => throw Error(key, other, "is a list, such as [a, b]"),
    };

    private string Scalar(string key, YamlNode node) => node is YamlScalarNode { Value: { } value } ? value : throw Error(key, node, "is one value, not a list or a section");

    private T Choice<T>(string key, YamlNode node)
        where T : struct, Enum
    {
        var text = Scalar(key, node);
        foreach (var value in Enum.GetValues<T>())
        {
            if (text == NameOf(value))
                return value;
        }
        throw Error(key, node, $"is '{Quote(text)}', not one of {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}");
    }

    private Secret ReadSecret(string key, YamlNode node, string path)
    {
        var full = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(_file)!, path);
        try
        {
            return new Secret(File.ReadAllText(full).TrimEnd('\r', '\n'));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Error(key, node, $"names the file {full}, which cannot be read");
        }
    }

    /// <summary>Tags would let a file choose types.</summary>
    private static T Plain<T>(string file, string path, T node)
        where T : YamlNode => node.Tag.IsEmpty || node.Tag.IsNonSpecific
            ? node
            : throw Fault(file, node, $"{path} has the tag {Quote(node.Tag.Value)}; tags are not used here, remove it");

    private JsonNode? Json(string path, YamlNode node) => Plain(_file, path, node) switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(child => child.Key is YamlScalarNode { Value: { } name }
            ? KeyValuePair.Create(name, Json($"{path}.{name}", child.Value))
            : throw Fault(_file, child.Key, "a key must be a plain word"))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select((child, i) => Json($"{path}[{i}]", child))]),
        var scalar when IsNull(scalar) => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
        YamlScalarNode { Style: ScalarStyle.Plain } number when double.TryParse(number.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) =>
            long.TryParse(number.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : JsonValue.Create(value),
        var text => JsonValue.Create(((YamlScalarNode)text).Value),
    };

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    private static string NameOf<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Quote(string value) => Storage.MetadataText.Quote(value);
}
