using System.Globalization;
using System.Text;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Workers;

/// <summary>The log of one attempt: lines with their time in a file of the state folder, made by the first line, up to <see cref="MostBytes"/>. Thread-safe; what cannot be written is left out.</summary>
internal sealed class AttemptLog(string file, TimeProvider time) : IDisposable
{
    public const long MostBytes = 1 << 20;

    private readonly Lock _gate = new();
    private StreamWriter? _writer;
    private long _bytes;
    private bool _isClosed;

    /// <summary>Where the log of an attempt is.</summary>
    public static string FileOf(Home home, string run, string node, int item, long attempt) =>
        Path.Combine(home.Pipelines, run, string.Create(CultureInfo.InvariantCulture, $"{node}.{item}.{attempt}.log"));

    public void Write(string line)
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            var text = string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {line.ReplaceLineEndings(" ")}");
            _bytes += Encoding.UTF8.GetByteCount(text) + 1;
            try
            {
                _writer ??= Open();
                _writer.WriteLine(_bytes <= MostBytes ? text : "what follows was left out: the log is full");
                _isClosed = _bytes > MostBytes;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The work is worth more than what is said of it.
                _isClosed = true;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _writer?.Dispose();
        }
    }

    private StreamWriter Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return new StreamWriter(file, append: false, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
    }
}
