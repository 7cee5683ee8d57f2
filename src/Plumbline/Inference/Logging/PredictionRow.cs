using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Plumbline.Features;

namespace Plumbline.Inference.Logging;

/// <summary>A row of a segment: docs/specs/prediction-log.md.</summary>
internal readonly ref struct PredictionRow
{
    private const int FixedBytes = 54;
    private const int TraceBytes = 16;
    private const ushort NoKey = ushort.MaxValue;
    private const uint NoText = uint.MaxValue;

    private readonly ReadOnlySpan<byte> _bytes;

    private PredictionRow(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>All of it.</summary>
    public ReadOnlySpan<byte> Whole => _bytes;

    public uint Version => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[4..]);

    /// <summary>Bytes of it.</summary>
    public int Length => _bytes.Length;

    public Guid Id => new(_bytes.Slice(8, 16), bigEndian: true);

    public long Milliseconds => (long)(BinaryPrimitives.ReadUInt64BigEndian(_bytes[8..]) >> 16);

    public long Time => BinaryPrimitives.ReadInt64LittleEndian(_bytes[24..]);

    public ulong Route => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[32..]);

    public uint Latency => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[40..]);

    public int Label => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[44..]);

    /// <summary>W3C trace id; 0 where the row has none.</summary>
    public UInt128 TraceId(LoggedVersion version) => BareBytes(version) < _bytes.Length ? BinaryPrimitives.ReadUInt128BigEndian(_bytes[^TraceBytes..]) : 0;

    private int UserBytes => Bytes(46);

    private int ItemBytes => Bytes(48);

    private int TextBytes => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[50..]) is var bytes && bytes == NoText ? 0 : (int)bytes;

    public static int LengthOf(in PredictionEntry entry, bool keepsText) =>
        FixedBytes + (sizeof(float) * (entry.Probabilities.Length + entry.Numeric.Length)) + (sizeof(int) * entry.Categories.Length)
        + entry.User.Length + entry.Item.Length + (keepsText ? entry.Text.Length : 0) + (entry.TraceId == 0 ? 0 : TraceBytes);

    /// <param name="target">As long as <see cref="LengthOf"/> says.</param>
    public static void Write(in PredictionEntry entry, bool keepsText, Span<byte> target)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, target.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], entry.Version.Number);
        entry.Id.TryWriteBytes(target[8..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], entry.Time);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], entry.Route);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], (uint)Math.Clamp(entry.Latency.TotalMicroseconds, 0, uint.MaxValue));
        BinaryPrimitives.WriteUInt16LittleEndian(target[44..], (ushort)entry.Label);
        BinaryPrimitives.WriteUInt16LittleEndian(target[46..], entry.User.IsEmpty ? NoKey : (ushort)entry.User.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(target[48..], entry.Item.IsEmpty ? NoKey : (ushort)entry.Item.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[50..], keepsText ? (uint)entry.Text.Length : NoText);
        target = target[FixedBytes..];
        target = Copy(MemoryMarshal.AsBytes(entry.Probabilities), target);
        target = Copy(MemoryMarshal.AsBytes(entry.Numeric), target);
        target = Copy(MemoryMarshal.AsBytes(entry.Categories), target);
        target = Copy(entry.Item, Copy(entry.User, target));
        if (keepsText)
            target = Copy(entry.Text, target);
        if (entry.TraceId != 0)
            BinaryPrimitives.WriteUInt128BigEndian(target, entry.TraceId);
    }

    /// <summary>Takes the first row of <paramref name="rows"/>.</summary>
    /// <returns>False where there is none that is whole.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> rows, out PredictionRow row)
    {
        row = default;
        if (rows.Length < FixedBytes || BinaryPrimitives.ReadUInt32LittleEndian(rows) is var length && (length < FixedBytes || length > rows.Length))
            return false;
        row = new PredictionRow(rows[..(int)length]);
        rows = rows[(int)length..];
        return true;
    }

    /// <summary>Whether this is as long as a row of <paramref name="version"/> must be.</summary>
    public bool Fits(LoggedVersion version) => Label < version.Labels.Count && _bytes.Length - BareBytes(version) is 0 or TraceBytes;

    public ReadOnlySpan<float> Probabilities(LoggedVersion version) => Floats(FixedBytes, version.Labels.Count);

    public ReadOnlySpan<float> Numeric(LoggedVersion version) => Floats(FixedBytes + (sizeof(float) * version.Labels.Count), version.Numeric.Count);

    public ReadOnlySpan<int> Categories(LoggedVersion version) => MemoryMarshal.Cast<byte, int>(
        _bytes.Slice(FixedBytes + (sizeof(float) * (version.Labels.Count + version.Numeric.Count)), sizeof(int) * version.Categorical.Count));

    /// <returns>Empty where there is none.</returns>
    public ReadOnlySpan<byte> User(LoggedVersion version) => _bytes.Slice(FixedBytes + NumberBytes(version), UserBytes);

    /// <returns>Empty where there is none.</returns>
    public ReadOnlySpan<byte> Item(LoggedVersion version) => _bytes.Slice(FixedBytes + NumberBytes(version) + UserBytes, ItemBytes);

    public ReadOnlySpan<byte> Text(LoggedVersion version) => _bytes.Slice(FixedBytes + NumberBytes(version) + UserBytes + ItemBytes, TextBytes);

    public bool HasText => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[50..]) != NoText;

    public LoggedPrediction ToPrediction(LoggedVersion version)
    {
        var (numeric, categorical) = (new Dictionary<string, float?>(StringComparer.Ordinal), new Dictionary<string, string?>(StringComparer.Ordinal));
        for (var i = 0; i < version.Numeric.Count; i++)
            numeric[version.Numeric[i]] = float.IsNaN(Numeric(version)[i]) ? null : Numeric(version)[i];
        for (var i = 0; i < version.Categorical.Count; i++)
            categorical[version.Categorical[i].Name] = CategoryOf(version.Categorical[i], Categories(version)[i]);
        return new LoggedPrediction(
            Id, DateTimeOffset.UnixEpoch.AddTicks(Time * TimeSpan.TicksPerMicrosecond), version.Version, version.Bundle, Route == 0 ? null : Route, Key(User(version)), Key(Item(version)),
            version.Labels[Label], version.Labels, [.. Probabilities(version)], TimeSpan.FromMicroseconds(Latency), numeric, categorical,
            HasText ? Encoding.UTF8.GetString(Text(version)) : null)
        {
            TraceId = TraceId(version) is var trace && trace == 0 ? null : Hex(trace),
        };
    }

    /// <summary>A trace id as W3C writes it.</summary>
    public static string Hex(UInt128 trace) => trace.ToString("x32", CultureInfo.InvariantCulture);

    private static string? CategoryOf(CategoricalFeature feature, int number) =>
        number == Category.Missing ? null : number >= 0 && number < feature.Categories.Count ? feature.Categories[number] : "";

    private static string? Key(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? null : Encoding.UTF8.GetString(utf8);

    private static int NumberBytes(LoggedVersion version) => (sizeof(float) * (version.Labels.Count + version.Numeric.Count)) + (sizeof(int) * version.Categorical.Count);

    /// <summary>Length of the row without a trace id.</summary>
    private long BareBytes(LoggedVersion version) => FixedBytes + NumberBytes(version) + UserBytes + ItemBytes + (long)TextBytes;

    private int Bytes(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[at..]) is var bytes && bytes == NoKey ? 0 : bytes;

    private ReadOnlySpan<float> Floats(int at, int count) => MemoryMarshal.Cast<byte, float>(_bytes.Slice(at, sizeof(float) * count));

    private static Span<byte> Copy(ReadOnlySpan<byte> source, Span<byte> target)
    {
        source.CopyTo(target);
        return target[source.Length..];
    }
}
