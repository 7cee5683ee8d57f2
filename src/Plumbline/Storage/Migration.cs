using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Plumbline.Storage;

/// <summary>One forward step of the schema: an embedded script named <c>NNNN_name.sql</c>. A script that was released never changes.</summary>
/// <param name="Version">From 1, without gaps.</param>
internal sealed record Migration(int Version, string Name, string Script)
{
    private const string Folder = ".Storage.Migrations.";

    /// <summary>SHA-256 of the script, lower-case hex, whatever the line ends of the checkout it was built from.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Script.ReplaceLineEndings("\n"))));

    /// <summary>All scripts of this build, by version.</summary>
    public static IReadOnlyList<Migration> Embedded()
    {
        var assembly = typeof(Migration).Assembly;
        var migrations = new List<Migration>();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (resource.Contains(Folder, StringComparison.Ordinal))
                migrations.Add(Read(assembly, resource));
        }
        migrations.Sort((a, b) => a.Version - b.Version);
        return migrations;
    }

    private static Migration Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..^".sql".Length];
        return new Migration(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }
}
