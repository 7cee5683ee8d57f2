using System.Buffers;
using System.Globalization;
using System.Text;

namespace Plumbline.Datasets.Generation;

/// <summary>
/// Writes product reviews that look like real ones: five ratings in a J, users and items with habits, negation, sarcasm,
/// typos, and a vocabulary that never stops growing. Row i depends on the options and i alone, so ranges may be
/// generated apart and in any order. Thread-safe.
/// </summary>
public sealed class ReviewGenerator
{
    private const int BlockRows = 2048;

    // The text with every byte a quote, the identifiers, a label, a time and the separators.
    private const int MaxRowBytes = (2 * ReviewWriter.MaxTextBytes) + 64;

    private readonly ReviewPlanner _planner;

    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public ReviewGenerator(ReviewGeneratorOptions options)
    {
        options.Validate();
        Options = options;
        _planner = new ReviewPlanner(options);
    }

    public ReviewGeneratorOptions Options { get; }

    /// <summary>The reviews of rows <paramref name="from"/> to <paramref name="from"/> + <paramref name="count"/> - 1, one at a time.</summary>
    public IEnumerable<Review> Generate(long from, long count)
    {
        CheckRange(from, count);
        return Iterate(from, count);
    }

    /// <summary>Appends the rows as CSV (RFC 4180 with LF, no header): text (always quoted), label, user, item, time.</summary>
    public void WriteCsv(long from, long count, IBufferWriter<byte> target)
    {
        CheckRange(from, count);
        var writer = new ReviewWriter(Options, _planner.Names);
        for (var row = from; row < from + count; row++)
        {
            var plan = _planner.Plan(row);
            target.Advance(FormatRow(target.GetSpan(MaxRowBytes), writer.Write(plan), plan));
        }
    }

    /// <summary>
    /// Writes all rows as CSV with a header, generating blocks on several threads and writing them in order: the bytes
    /// are the same whatever the number of threads.
    /// </summary>
    /// <param name="threads">At most this many blocks are generated at a time; all cores if null.</param>
    /// <param name="progress">Is told the number of rows written so far.</param>
    public async Task WriteCsvAsync(
        Stream target, int? threads = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var parallel = threads ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(parallel, 1, nameof(threads));
        await target.WriteAsync("text,label,user,item,time\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);

        var free = new Stack<ArrayBufferWriter<byte>>();
        var running = new Queue<Task<ArrayBufferWriter<byte>>>();
        long next = 0, written = 0;
        try
        {
            while (written < Options.Rows)
            {
                for (; running.Count < parallel && next < Options.Rows; next += BlockRows)
                {
                    var from = next;
                    var buffer = free.TryPop(out var used) ? used : new ArrayBufferWriter<byte>(BlockRows * 800);
                    running.Enqueue(Task.Run(() => GenerateBlock(from, buffer), cancellationToken));
                }
                var block = await running.Dequeue().ConfigureAwait(false);
                await target.WriteAsync(block.WrittenMemory, cancellationToken).ConfigureAwait(false);
                block.ResetWrittenCount();
                free.Push(block);
                written = Math.Min(written + BlockRows, Options.Rows);
                progress?.Report(written);
            }
        }
        finally
        {
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ArrayBufferWriter<byte> GenerateBlock(long from, ArrayBufferWriter<byte> buffer)
    {
        WriteCsv(from, Math.Min(BlockRows, Options.Rows - from), buffer);
        return buffer;
    }

    private IEnumerable<Review> Iterate(long from, long count)
    {
        var writer = new ReviewWriter(Options, _planner.Names);
        for (var row = from; row < from + count; row++)
        {
            var plan = _planner.Plan(row);
            yield return new Review(
                Encoding.UTF8.GetString(writer.Write(plan)), plan.Rating,
                Identifier.Format((byte)'A', plan.User), Identifier.Format((byte)'B', plan.Item), plan.Time);
        }
    }

    private static int FormatRow(Span<byte> target, ReadOnlySpan<byte> text, in ReviewPlan plan)
    {
        var length = FormatQuoted(target, text);
        target[length++] = (byte)',';
        target[length++] = (byte)('0' + plan.Rating);
        target[length++] = (byte)',';
        Identifier.Write(target[length..], (byte)'A', plan.User);
        length += Identifier.Length;
        target[length++] = (byte)',';
        Identifier.Write(target[length..], (byte)'B', plan.Item);
        length += Identifier.Length;
        target[length++] = (byte)',';
        plan.Time.TryFormat(target[length..], out var written, "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        length += written;
        target[length++] = (byte)'\n';
        return length;
    }

    private static int FormatQuoted(Span<byte> target, ReadOnlySpan<byte> text)
    {
        var length = 0;
        target[length++] = (byte)'"';
        for (int quote; (quote = text.IndexOf((byte)'"')) >= 0; text = text[(quote + 1)..])
        {
            text[..(quote + 1)].CopyTo(target[length..]);
            length += quote + 1;
            target[length++] = (byte)'"';
        }
        text.CopyTo(target[length..]);
        length += text.Length;
        target[length++] = (byte)'"';
        return length;
    }

    private void CheckRange(long from, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, Options.Rows - count);
    }
}
