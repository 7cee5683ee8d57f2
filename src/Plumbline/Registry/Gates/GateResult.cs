using System.Globalization;
using Plumbline.Registry.Evidence;

namespace Plumbline.Registry.Gates;

/// <summary>What became of one gate.</summary>
/// <param name="Gate">Its key in the <c>plumbline.yaml</c>, such as <c>min_metric</c>.</param>
/// <param name="Subject">What was looked at, such as <c>test.macro_f1</c>.</param>
/// <param name="Value">Null where it is no number, or could not be found.</param>
/// <param name="Limit">Null where it is no number.</param>
/// <param name="Explanation">Value and limit in words; of a gate without evidence what is missing, and how to get it.</param>
public sealed record GateResult(string Gate, string Subject, bool Passed, double? Value, double? Limit, string Explanation)
{
    internal static GateResult AtLeast(string gate, string subject, double value, double least) =>
        new(gate, subject, value >= least, Finite(value), least, $"{subject} is {Text(value)}; at least {Text(least)} is asked for");

    internal static GateResult AtMost(string gate, string subject, double value, double most, string unit = "") =>
        new(gate, subject, value <= most, Finite(value), most, $"{subject} is {Text(value)}{unit}; at most {Text(most)}{unit} is asked for");

    /// <summary>A gate whose evidence is not there does not pass.</summary>
    internal static GateResult Of(string gate, string subject, Func<GateResult> evaluate)
    {
        try
        {
            return evaluate();
        }
        catch (MissingEvidenceException missing)
        {
            return new GateResult(gate, subject, false, null, null, missing.Message);
        }
    }

    internal static string Text(double value) => double.IsNaN(value) ? "undefined" : value.ToString("0.####", CultureInfo.InvariantCulture);

    internal static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
