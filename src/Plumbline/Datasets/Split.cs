namespace Plumbline.Datasets;

/// <summary>What a record is for: fitting, choosing, or the one final measurement.</summary>
public enum Split : byte
{
    Train = 0,
    Valid = 1,
    Test = 2,
}
