namespace Plumbline.Datasets.Preparation;

/// <summary>Whether a record that was read becomes part of the snapshot, and if not, why.</summary>
internal enum RowFate : byte
{
    Kept = 0,
    Duplicate,
    Conflict,
    Balanced,
}
