using System.Text.Json.Serialization;

namespace Plumbline.Learning.Contests;

/// <summary>What a contest's trials are judged by.</summary>
public enum ContestObjective
{
    /// <summary>Macro-F1 on the rows held out; the higher the better.</summary>
    [JsonStringEnumMemberName("macro_f1")]
    MacroF1,

    /// <summary>Microseconds of one prediction, from text to label, on one thread: a measurement.</summary>
    [JsonStringEnumMemberName("latency")]
    Latency,

    /// <summary>Megabytes (10⁶ bytes) of the model's parameters as a bundle holds them.</summary>
    [JsonStringEnumMemberName("size")]
    Size,
}
