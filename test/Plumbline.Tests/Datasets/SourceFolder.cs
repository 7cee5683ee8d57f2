using System.IO.Compression;
using System.Text;
using DuckDB.NET.Data;
using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Tests.Datasets;

/// <summary>A folder for one test's sources and snapshots.</summary>
internal sealed class SourceFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plumbline-datasets-");

    public Home Home => new(Path.Combine(_folder.FullName, "home"));

    public string Snapshots => Home.Snapshots;

    /// <summary>A header and <paramref name="rows"/> two-class reviews, some quoted over two lines.</summary>
    public static string Reviews(int rows, string newLine = "\n")
    {
        var csv = new StringBuilder("text,label").Append(newLine);
        for (var i = 0; i < rows; i++)
            csv.Append(i % 3 == 0 ? $"\"He said \"\"no {i}\"\",{newLine}twice\"" : $"review number {i}").Append(',').Append(i % 2 == 0 ? "good" : "bad").Append(newLine);
        return csv.ToString();
    }

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string WriteGzip(string name, string content) => Write(name, Gzip(Encoding.UTF8.GetBytes(content)));

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return packed.ToArray();
    }

    /// <summary>Lets DuckDB write <paramref name="query"/> in one of its formats.</summary>
    public string Copy(string name, string query, string options)
    {
        var path = Path.Combine(_folder.FullName, name);
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"COPY ({query}) TO '{path}' ({options})";
        command.ExecuteNonQuery();
        return path;
    }

    public Snapshot Ingest(string path, Func<SourceOptions, SourceOptions>? source = null, Func<IngestOptions, IngestOptions>? change = null)
    {
        var options = new IngestOptions { Source = new SourceOptions { Path = path } };
        options = options with { Source = source?.Invoke(options.Source) ?? options.Source };
        return Snapshot.Ingest(change?.Invoke(options) ?? options, Home, stop: TestContext.Current.CancellationToken);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
