using Plumbline.Features;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>How often values that came beside texts kept less than the contract promises, by feature and fault. Not thread-safe.</summary>
/// <param name="features">Numeric features of the contract, then categorical ones.</param>
internal sealed class ContractBreaches(int features)
{
    public static IReadOnlyList<ContractFault> Faults { get; } = [.. Enum.GetValues<ContractFault>().Where(fault => fault != ContractFault.None)];

    private readonly long[] _counts = new long[features * Faults.Count];

    public long this[int feature, ContractFault fault] => _counts[IndexOf(feature, fault)];

    public void Add(int feature, ContractFault fault, long values) => _counts[IndexOf(feature, fault)] += values;

    public void Merge(ContractBreaches other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
    }

    /// <summary>Only what happened: place, growing, and count.</summary>
    public void Write(SketchWriter writer)
    {
        writer.Write(_counts.Count(count => count > 0));
        var before = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] == 0)
                continue;
            writer.Write(i - before);
            writer.Write(_counts[i]);
            before = i;
        }
    }

    public void Read(ref SketchReader reader)
    {
        var place = 0;
        for (var left = reader.ReadCount(_counts.Length); left > 0; left--)
        {
            place += reader.ReadCount(_counts.Length - 1 - place);
            _counts[place] = reader.ReadCount();
        }
    }

    private static int IndexOf(int feature, ContractFault fault) => (feature * Faults.Count) + (int)fault - 1;
}
