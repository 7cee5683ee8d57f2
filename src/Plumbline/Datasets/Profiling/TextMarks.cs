namespace Plumbline.Datasets.Profiling;

/// <summary>What a text holds that prose should not; docs/specs/profile.md defines each.</summary>
[Flags]
internal enum TextMarks : byte
{
    None = 0,
    ReplacementCharacter = 1,
    Mojibake = 2,
    ControlCharacter = 4,
    Markup = 8,
    Link = 16,
}
