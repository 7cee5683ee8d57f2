using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Plumbline.Tests;

public sealed partial class ArchitectureTests
{
    /// <summary>The folders of the library in the order in which data flows: a folder may use those before it.</summary>
    private static readonly string[] Order =
    [
        "Telemetry", "Storage", "Tracking", "Statistics", "Reporting", "Text", "Datasets", "Features", "Tuning", "Learning", "Bundles", "Registry", "Exchange", "Inference", "Monitoring",
        "Rollouts", "Pipelines", "Projects", "Recovery",
    ];

    /// <summary>Gates and lineage read stored evidence, never the folders that made it; they may reckon with it and draw it.</summary>
    private static readonly string[] ClosedToRegistry = ["Text", "Datasets", "Features", "Tuning", "Learning", "Bundles"];

    private static readonly string Repository = FindRepository();
    private static readonly string Library = Path.Combine(Repository, "src", "Plumbline");

    [Fact]
    public void Dependencies_OfCompiledTypes_PointBackwards()
    {
        var architecture = new ArchLoader().LoadAssemblies(typeof(Plumbline.Datasets.Snapshot).Assembly).Build();
        // Type parameters of the same name are one to the loader, whoever declares them.
        var arrows = architecture.Types.SelectMany(type => type.Dependencies.Where(dependency => dependency.Target is not GenericParameter).Select(dependency => (
            Type: type.FullName, From: Folder(type.Namespace?.FullName), To: Folder(dependency.Target.Namespace?.FullName), Target: dependency.Target.FullName))).ToArray();
        arrows.Count(arrow => arrow.From is not null && arrow.To is not null).ShouldBeGreaterThan(1000);
        arrows.Where(arrow => !IsAllowed(arrow.From, arrow.To)).Select(arrow => $"{arrow.Type} uses {arrow.Target}").Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Usings_OfSources_PointBackwards()
    {
        // Constants are gone from compiled types; what is imported for them is seen here.
        var arrows = SourcesOf(Library).SelectMany(file => Import().Matches(File.ReadAllText(file)).Select(match => (
            File: Path.GetRelativePath(Library, file), From: Path.GetRelativePath(Library, file).Split(Path.DirectorySeparatorChar)[0], To: match.Groups[1].Value)));
        arrows.Where(arrow => !IsAllowed(arrow.From, arrow.To)).Select(arrow => $"{arrow.File} imports {arrow.To}").ShouldBeEmpty();
    }

    [Fact]
    public void Folders_OfTheLibrary_HaveAPlaceInTheOrder() =>
        Directory.GetDirectories(Library).Select(folder => Path.GetFileName(folder)!).Except(["bin", "obj"]).Except(Order).ShouldBeEmpty();

    [Fact]
    public void Namespaces_OfAllProjects_FollowTheFolders()
    {
        foreach (var project in Directory.GetDirectories(Path.Combine(Repository, "src")))
        {
            foreach (var file in SourcesOf(project))
            {
                var folder = Path.GetRelativePath(Path.GetDirectoryName(project)!, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.');
                foreach (Match match in Namespace().Matches(File.ReadAllText(file)))
                    match.Groups[1].Value.ShouldBe(folder, file);
            }
        }
    }

    [Fact]
    public void Types_OfAllProjects_NameWhatTheyDo() => Lines("src")
        .Where(line => VagueName().IsMatch(line.Text)).Select(line => $"{line.File}: {line.Text.Trim()}").ShouldBeEmpty();

    [Fact]
    public void Console_OutsideThePrograms_IsNotWrittenTo() => Lines("src")
        .Where(line => ConsoleWrite().IsMatch(line.Text) && !line.File.StartsWith(Path.Combine("src", "Plumbline.Cli"), StringComparison.Ordinal))
        .Select(line => $"{line.File}: {line.Text.Trim()}").ShouldBeEmpty();

    private static bool IsAllowed(string? from, string? to)
    {
        var (user, used) = (Array.IndexOf(Order, from), Array.IndexOf(Order, to));
        return user < 0 || used < 0 || (used <= user && !(from == "Registry" && ClosedToRegistry.Contains(to)));
    }

    /// <summary>The first folder under the library of a namespace; null for others.</summary>
    private static string? Folder(string? name) =>
        name is not null && name.StartsWith("Plumbline.", StringComparison.Ordinal) ? name.Split('.')[1] : null;

    private static IEnumerable<string> SourcesOf(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    private static IEnumerable<(string File, string Text)> Lines(string folder) => SourcesOf(Path.Combine(Repository, folder))
        .SelectMany(file => File.ReadLines(file).Select(line => (Path.GetRelativePath(Repository, file), line)));

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Directory.Packages.props")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not within the repository.");
    }

    [GeneratedRegex(@"^\s*(?:global )?using (?:static |\w+ = )?Plumbline\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum) \w*(?:Helper|Helpers|Util|Utils|Utility|Manager|Common)\b")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"\bConsole\.(?:(?:Error|Out)\.)?Write")]
    private static partial Regex ConsoleWrite();
}
