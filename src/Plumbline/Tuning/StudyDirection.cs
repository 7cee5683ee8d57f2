namespace Plumbline.Tuning;

/// <summary>Which way a value gets better.</summary>
public enum StudyDirection
{
    Minimize,
    Maximize,
}
